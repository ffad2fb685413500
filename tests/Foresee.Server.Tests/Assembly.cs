// Bombs are measured by what the process takes, and servers share its meters.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
