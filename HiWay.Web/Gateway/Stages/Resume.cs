using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using HiWay.Domain.Fallback;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Upstream;

namespace HiWay.Web.Gateway.Stages;

/// <summary>
/// Goes on with a stream that broke off after its first content: the next deployment is asked, what the client has already is skipped
/// as long as the two agree, and the rest follows in the same stream. Where the model takes it, the answer so far is given to it as its
/// own last turn, so that it need not say it again. Pins and keys without fallback end in the error instead.
/// </summary>
internal sealed class Resume(Attempts attempts)
{
    private const int MostRemembered = 10_000;

    private readonly ConcurrentDictionary<string, bool> _refusesPrefill = new(StringComparer.Ordinal);

    /// <summary>Whether a stream may be taken up elsewhere when it breaks; until it ends the request is kept for that.</summary>
    public static bool MayResume(StreamAnswer answer) => answer.Relay.Delivered is not null;

    /// <summary>The stream that goes on, or null when nobody can; the broken attempt's failure is written down either way.</summary>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    public async ValueTask<StreamAnswer?> RunAsync(GatewayCall call, StreamAnswer broken, FailureClass failure)
    {
        if (broken.Relay.Delivered is not { CanResume: true } || InnerRequest(call) is not { } request || Text(broken) is not { } text)
        {
            return null;
        }

        var started = Stopwatch.GetTimestamp();
        broken.Attempt.Failure = failure;
        var next = await attempts.NextAsync(call);
        if (next is null)
        {
            if (call.Attempts.Count == 1)
            {
                broken.Attempt.Failure = null;   // it stays the attempt that answered, as far as it went
            }

            return null;
        }

        while (next is { } deployment)
        {
            var prefills = text.AsSpan().TrimEnd().Length > 0 && !_refusesPrefill.ContainsKey(deployment.Id)
                && DialectPairs.Upstream(call, deployment).TakesPrefill(request, deployment);
            var attempt = new Attempt(deployment);
            if (Plan(call, broken, attempt, request, text, prefills) is not { } plan)
            {
                break;
            }

            attempt.Resume = plan;
            if (await attempts.RunAsync(call, attempt) is StreamAnswer answer)
            {
                call.Record("resume", $"{deployment.Model.Id} goes on{(prefills ? " from a prefill" : "")}", started);
                return answer;
            }

            if (prefills && attempt.Failure == FailureClass.RequestRejected && call.Attempts.Count < FailureRules.MaxAttempts)
            {
                // It does not take its own words back, so it tells them again.
                if (_refusesPrefill.Count < MostRemembered)
                {
                    _refusesPrefill[deployment.Id] = true;
                }

                continue;
            }

            next = await attempts.NextAsync(call);
        }

        call.Record("resume", "nobody could go on", started);
        return null;
    }

    private static ResumePlan? Plan(GatewayCall call, StreamAnswer broken, Attempt attempt, ChatRequest request, string text, bool prefills)
    {
        // White space at the end of a prefill is refused or changes what follows, so it is left to the model and skipped when it comes.
        var given = prefills ? text.TrimEnd() : "";
        if (broken.Relay.GoOn(call, attempt, text[given.Length..], optional: prefills) is not { } relay)
        {
            return null;
        }

        return new(relay, prefills ? request with { Messages = [.. request.Messages, new ChatMessage(ChatRole.Assistant, [new TextPart(given)])] } : null);
    }

    private static ChatRequest? InnerRequest(GatewayCall call)
    {
        try
        {
            return DialectPairs.InnerRequest(call);
        }
        catch (InvalidChatRequestException)
        {
            return null;
        }
    }

    private static string? Text(StreamAnswer broken)
    {
        try
        {
            return broken.Relay.Delivered!.Decode();
        }
        catch (JsonException)
        {
            return null;   // it stopped within a character
        }
    }
}
