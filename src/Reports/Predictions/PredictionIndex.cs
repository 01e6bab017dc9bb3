using System.Security.Cryptography;
using Microsoft.Extensions.Caching.Memory;

namespace Das.Reports.Predictions;

/// <summary>The questions of one group of a predictions file, in its order, without their texts: 16 bytes a question.</summary>
/// <param name="Values">Each prediction's <see cref="ShownPrediction.Value"/>.</param>
/// <param name="Offsets">Where each line begins.</param>
/// <param name="Keys">SHA-256 over the questions' keys: equal where the same questions stand in the same order.</param>
public sealed record QuestionGroup(double[] Values, long[] Offsets, string Keys);

/// <summary>What paired tests and pages of differences need of a predictions file, read once.</summary>
public sealed class PredictionIndex
{
    /// <summary>VQAv2's largest split has 447,793 questions.</summary>
    public const int MostQuestions = 5_000_000;

    private const int MostGroups = 8;

    private PredictionIndex(Dictionary<string, QuestionGroup> groups) => Groups = groups;

    /// <summary>By <see cref="ShownPrediction.Group"/>.</summary>
    public IReadOnlyDictionary<string, QuestionGroup> Groups { get; }

    public int Questions => Groups.Values.Sum(group => group.Values.Length);

    /// <exception cref="DasException">The file is damaged, or has more questions or groups than an evaluation writes.</exception>
    public static PredictionIndex Read(string path, CancellationToken cancellation)
    {
        Dictionary<string, (List<double> Values, List<long> Offsets, IncrementalHash Keys)> groups = [];
        try
        {
            int questions = 0;
            foreach ((long offset, ShownPrediction prediction) in PredictionFile.Read(path))
            {
                cancellation.ThrowIfCancellationRequested();
                if (++questions > MostQuestions)
                    throw new DasException(ErrorKind.Storage, $"{path} has more than {MostQuestions} predictions; no split has so many questions.");
                if (!groups.TryGetValue(prediction.Group, out var group))
                {
                    if (groups.Count == MostGroups) throw new DasException(ErrorKind.Storage, $"{path} is about more than {MostGroups} splits.");
                    groups[prediction.Group] = group = ([], [], IncrementalHash.CreateHash(HashAlgorithmName.SHA256));
                }
                group.Values.Add(prediction.Value);
                group.Offsets.Add(offset);
                group.Keys.AppendData(Encoding.UTF8.GetBytes(prediction.Key + '\0'));
            }
            return new(groups.ToDictionary(group => group.Key,
                group => new QuestionGroup([.. group.Value.Values], [.. group.Value.Offsets], Convert.ToHexStringLower(group.Value.Keys.GetHashAndReset()))));
        }
        finally
        {
            foreach (var group in groups.Values) group.Keys.Dispose();
        }
    }
}

/// <summary>The indexes of the files that were looked at last; they may hold <see cref="MostHeld"/> questions together.</summary>
public sealed class PredictionIndexes : IDisposable
{
    /// <summary>Some 64 MB.</summary>
    public const int MostHeld = 4_000_000;

    private readonly MemoryCache cache = new(new MemoryCacheOptions { SizeLimit = MostHeld });

    /// <inheritdoc cref="PredictionIndex.Read"/>
    public PredictionIndex Of(RunPredictions run, CancellationToken cancellation)
    {
        if (cache.TryGetValue(run.File.Sha256, out PredictionIndex? known)) return known!;
        PredictionIndex index = PredictionIndex.Read(run.Path, cancellation);
        return cache.Set(run.File.Sha256, index, new MemoryCacheEntryOptions { Size = Math.Max(1, index.Questions) });
    }

    public void Dispose() => cache.Dispose();
}
