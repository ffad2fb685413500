using Foresee.Augmentation;

namespace Foresee.Tests.Augmentation;

public sealed class TransformTests
{
    /// <summary>Types that a list of changes may hold.</summary>
    private static IEnumerable<Type> Kinds() => typeof(ITransform).Assembly.GetTypes()
        .Where(type => type.IsAssignableTo(typeof(ITransform)) && !type.IsInterface);

    /// <summary>A method of that name with another signature would never be called, and the interface's own would take its place.</summary>
    [Fact]
    public void What_a_change_says_of_channels_is_what_is_asked()
    {
        string[] optional = [nameof(ITransform.Suits), nameof(ITransform.For)];
        var declared = Kinds().SelectMany(type => type.GetMethods().Where(method => optional.Contains(method.Name))
            .Select(method => (type, method))).ToList();
        Assert.NotEmpty(declared);
        Assert.All(declared, found => Assert.Contains(found.method, found.type.GetInterfaceMap(typeof(ITransform)).TargetMethods));
    }
}
