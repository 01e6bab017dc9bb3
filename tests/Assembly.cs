// Two tests that compute at once would let one's garbage collection fall into the other's native calls: Training/CollectionPause.cs.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]
