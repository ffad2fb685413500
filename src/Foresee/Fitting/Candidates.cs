using Foresee.Evaluation;
using Foresee.Evaluation.Protocols;
using Foresee.Studies;

namespace Foresee.Fitting;

/// <summary>Which protocols a fit tries on which start.</summary>
public static class Candidates
{
    /// <summary>Cheap ones first; those that train the encoder cost minutes.</summary>
    public static IReadOnlyList<IProtocol> Protocols { get; } =
        [new Linear(), new SelfTrained(), new LabelSpreading(), new FineTuned(), new SemiSupervised()];

    public static StartKind KindOf(ComparedStart start) => start switch
    {
        PixelStart => StartKind.Pixels,
        MethodStart method => StartPretraining.IsClosedForm(method.Method) ? StartKind.Dictionary : StartKind.Own,
        WeightsStart weights => File.Exists(Path.Combine(weights.Path, Reports.RunDescription.FileName)) ? StartKind.Own
            : StartKind.Pretrained,
        _ => StartKind.Pretrained,
    };

    /// <summary>
    /// The order of cost of fits, 0 for the cheapest; not their seconds, so that the load of a machine does not change what is chosen.
    /// </summary>
    public static int CostOf(Candidate candidate) => candidate.Protocol switch
    {
        Linear => 0,
        SelfTrained => 1,
        LabelSpreading => 2, // keeps its unlabelled images to predict with
        { Features: not null } => 3,
        Supervised => 4,
        SemiSupervised => 6,
        _ => 5,
    };

    /// <summary>Whether all of the time of a protocol is in its features, which are made once.</summary>
    public static bool IsCheap(IProtocol protocol) => protocol.Features is not null;
}
