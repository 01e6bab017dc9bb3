#pragma warning disable
namespace Das.Benchmarks.Arrow {
public sealed record VqaSample(ReadOnlyMemory<byte> Image, string ImageId, string Question, long QuestionId, IReadOnlyList<int> Labels, IReadOnlyList<float> Scores, IReadOnlyList<string> Answers);
public sealed class VqaTable : IDisposable { public int Count => 0; public VqaSample this[int i] => null!; public void Dispose() {} }
public sealed class DatasetManifest { public string Benchmark => ""; public int Version => 0; public IReadOnlyList<string> Answers => []; public VqaTable OpenSplit(string s) => null!; public static DatasetManifest Load(string f) => null!; }
}
namespace Das.Benchmarks.Scoring { using Das.Benchmarks.Arrow;
public sealed record VqaScore(double Mean, double Low, double High) { public static double Of(IReadOnlyList<int> l, IReadOnlyList<float> s, int p) => 0; public static VqaScore From(IEnumerable<double> s) => null!; }
public static class VqaSubmission { public static void Write(string p, IEnumerable<(long, string)> a) {} }
public static class MajorityAnswer { public static double Score(VqaTable a, VqaTable b) => 0; } }
