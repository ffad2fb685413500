using Foresee.Torch;

/// <summary>Counts the tensors that managed code holds, for tests that assert that none were left behind.</summary>
internal static class LivingTensors
{
    /// <summary>The count once what earlier tests forgot is finalised, which would otherwise lower it in the middle of a test.</summary>
    public static long Settled()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Tensor.Living;
    }
}
