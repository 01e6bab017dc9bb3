using System.Net.Http.Json;
using Polly.Timeout;

namespace Das.Control.Schedules;

/// <summary>Tells a program elsewhere of a drop: one JSON POST, tried again a few times. Nobody waits for it.</summary>
public sealed class DropWebhook(HttpClient client)
{
    private const int LongestUrl = 2000;

    /// <summary>Why <paramref name="url"/> cannot be posted to, as a sentence; null if it can, as far as that is known before its name is resolved.</summary>
    public static string? Problem(string url, WebhookAddresses addresses) =>
        url.Length > LongestUrl ? $"A webhook's address has at most {LongestUrl} characters."
        : Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0
        ? addresses.Problem(uri.IdnHost)
        : $"'{url}' is no address to post to: it must begin with http:// or https://, and carry no password.";

    /// <summary>Posts the drop, with its <paramref name="sentence"/> as <c>text</c>, which chat programs show.</summary>
    /// <returns>Why it was not taken, as a sentence; null if it was.</returns>
    public async Task<string?> PostAsync(string url, AccuracyDropped drop, string sentence, CancellationToken cancellation)
    {
        try
        {
            using HttpResponseMessage answer = await client.PostAsJsonAsync(url, new
            {
                text = sentence,
                @event = "accuracyDropped",
                drop.ScheduleId,
                drop.Schedule,
                drop.RunId,
                drop.ComparedWith,
                drop.Metric,
                drop.Before,
                drop.After,
                drop.PValue,
            }, cancellation);
            return answer.IsSuccessStatusCode ? null : $"The webhook answered {(int)answer.StatusCode}.";
        }
        catch (HttpRequestException refused) when (refused.InnerException is DasException) { return refused.InnerException.Message; }
        catch (HttpRequestException unreachable) { return $"The webhook could not be reached: {unreachable.Message}"; }
        catch (TimeoutRejectedException) { return "The webhook did not answer in time."; }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested) { return "The webhook did not answer in time."; }
    }
}
