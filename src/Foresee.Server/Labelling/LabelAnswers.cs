namespace Foresee.Server.Labelling;

/// <summary>How far labelling is.</summary>
/// <param name="Labelled">Images of the pool that have a label.</param>
/// <param name="Looked">Images that the model has looked at to choose the next ones, of how many.</param>
/// <param name="Fitted">Labels that the model in use was fitted from.</param>
internal sealed record LabelState(IReadOnlyList<ClassCount> Classes, int Labelled, int Images, int Skipped, Looked Looked, int Fitted,
    bool CanRefit, RefitState Refit, string Version, AccuracyAnswer? Accuracy);

internal sealed record Looked(int Done, int All);

/// <summary>Per cent.</summary>
internal sealed record AccuracyAnswer(double Mean, double Low, double High, int Images, string How);

internal sealed record NextAnswer(IReadOnlyList<NextImage> Images);

/// <param name="Guess">What the model thinks; the page shows it only when asked to, because it sways who labels.</param>
internal sealed record NextImage(int Id, string Name, Guess? Guess);

/// <param name="Client">The browser: 8 to 64 letters, digits and dashes that it has thrown.</param>
internal sealed record NextRequest(string? Client, int? Count);

internal sealed record LabelRequest(string? Client, string? Label);

internal sealed record ClassRequest(string? Name);
