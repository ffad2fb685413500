using Foresee.Evaluation;
using Foresee.Images;

namespace Foresee.Classifiers;

/// <summary>All of a classifier but its weights.</summary>
/// <param name="Protocol">What made it, with its options: the kind of classifier.</param>
/// <param name="Input">The form that images must have.</param>
/// <param name="Classes">Names, in the order of the probabilities.</param>
public sealed record ClassifierDescription(IProtocol Protocol, InputFormat Input, IReadOnlyList<string> Classes, Provenance Provenance);
