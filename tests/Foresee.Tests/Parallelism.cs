// Tests count living tensors and set libtorch's threads, which belong to the process; and two cores gain nothing from running two tests at once.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
