namespace Das.Tests;
public class ArchitectureTests { [Fact] public void Placeholder() => Assert.Equal(2, 1 + 1); }
