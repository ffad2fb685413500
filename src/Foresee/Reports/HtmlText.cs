using System.Net;
using System.Text;

namespace Foresee.Reports;

/// <summary>HTML in the making. Whatever is interpolated is escaped; only what is written in this program's source is markup.</summary>
internal sealed class HtmlText
{
    private readonly StringBuilder text = new();

    /// <summary>Markup with escaped values: <c>html.Add($"&lt;p&gt;{name}&lt;/p&gt;")</c>.</summary>
    public HtmlText Add(FormattableString markup)
    {
        text.AppendFormat(Escaper.Instance, markup.Format, markup.GetArguments());
        return this;
    }

    /// <summary>
    /// Begins a place whose content is scrolled where it is wider than the page: by keyboard, too, so it has a name for who can't see it.
    /// </summary>
    public HtmlText Scroll(string label, string classes = "scroll") =>
        Add($"<div class=\"{classes}\" role=\"region\" aria-label=\"{label}\" tabindex=\"0\">");

    /// <summary>A command or a file as it stands.</summary>
    public HtmlText Code(string text) => Add($"<pre tabindex=\"0\"><code>{text}</code></pre>\n");

    /// <summary>This program's own scripts, styles and JSON, as they are.</summary>
    public HtmlText AddTrusted(string markup)
    {
        text.Append(markup);
        return this;
    }

    public override string ToString() => text.ToString();

    private sealed class Escaper : IFormatProvider, ICustomFormatter
    {
        public static readonly Escaper Instance = new();

        public object? GetFormat(Type? formatType) => formatType == typeof(ICustomFormatter) ? this : null;

        public string Format(string? format, object? arg, IFormatProvider? formatProvider) => WebUtility.HtmlEncode(
            arg is IFormattable number ? number.ToString(format, System.Globalization.CultureInfo.InvariantCulture) : arg?.ToString()
            ?? "");
    }
}
