// Tests count the living tensors of the whole process, so they run one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
