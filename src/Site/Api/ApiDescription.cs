using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Das.Site.Api;

/// <summary>What <c>/openapi/v1.json</c> says of the whole.</summary>
internal static class ApiDescription
{
    private const string Key = "key";

    public static void AddApiDescription(this IServiceCollection services) => services.AddOpenApi(options => options.AddDocumentTransformer(DescribeAsync));

    private static Task DescribeAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellation)
    {
        document.Info = new()
        {
            Title = "DAS",
            Version = "1",
            Description = "Runs of the DAS pipeline: start them, follow them, fetch what they left. Errors are problem details with a sentence in 'detail'. "
                + "Programs send a key made with 'das keys add'; to look takes the role viewer, to change the role operator.",
        };
        document.Components ??= new();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme> { [Key] =
            new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "das_…" } };
        document.Security = [new() { [new OpenApiSecuritySchemeReference(Key, document)] = [] }];
        return Task.CompletedTask;
    }
}
