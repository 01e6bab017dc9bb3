using Das.Reports.Paired;
using Das.Reports.Predictions;
using Das.Reports.SideBySide;
using Microsoft.Extensions.DependencyInjection;

namespace Das.Reports;

/// <summary>Comparisons of evaluated runs; the store is added elsewhere.</summary>
public static class ReportsModule
{
    public static IServiceCollection AddReports(this IServiceCollection services) => services
        .AddSingleton<PredictionIndexes>()
        .AddSingleton<EvaluationComparison>()
        .AddSingleton<RunComparisons>()
        .AddSingleton<ExamplePictures>();
}
