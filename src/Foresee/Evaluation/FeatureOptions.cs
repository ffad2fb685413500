namespace Foresee.Evaluation;

/// <summary>How frozen features reach a classifier.</summary>
public sealed record FeatureOptions(GridPooling Pooling)
{
    public FeatureScalingOptions Scaling { get; init; } = new();
}
