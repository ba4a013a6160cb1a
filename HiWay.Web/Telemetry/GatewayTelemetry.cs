using System.Diagnostics;
using System.Diagnostics.Metrics;
using HiWay.Domain.Metering;
using HiWay.Infrastructure.EventLoops;
using HiWay.Web.Gateway;
using HiWay.Web.Gateway.Shield;

namespace HiWay.Web.Telemetry;

/// <summary>
/// Tells metrics and traces of a finished call, under the names of OpenTelemetry's conventions for generative AI
/// (https://opentelemetry.io/docs/specs/semconv/gen-ai/). Spans are made afterwards from what the books know, so the path of a call
/// carries nothing of this; where nobody listens, this does nothing.
/// </summary>
internal sealed class GatewayTelemetry : IDisposable
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string Name = "HiWay.Gateway";

    private readonly ILogger<GatewayTelemetry> _log;
    private readonly Meter _meter = new(Name);
    private readonly ActivitySource _source = new(Name);
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _firstToken;
    private readonly Histogram<long> _tokens;
    private readonly Histogram<double> _overhead;
    private readonly Counter<double> _cost;
    private readonly Counter<long> _calls;
    private readonly Counter<long> _unpriced;
    private readonly Counter<long> _failedAttempts;

    public GatewayTelemetry(Drain drain, ShieldMonitor shield, ILogger<GatewayTelemetry> log)
    {
        _log = log;
        // The bucket limits are those that the conventions give.
        _duration = _meter.CreateHistogram("gen_ai.client.operation.duration", "s", "Time of a call as the client saw it.", null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92] });
        _firstToken = _meter.CreateHistogram("gen_ai.server.time_to_first_token", "s", "Time to the first content.", null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] });
        _tokens = _meter.CreateHistogram("gen_ai.client.token.usage", "{token}", "Tokens of a call.", null,
            new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864] });
        _overhead = _meter.CreateHistogram("hiway.overhead", "s", "HiWay's own share of the time of a call.", null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1] });
        _cost = _meter.CreateCounter<double>("hiway.cost", "{USD}", "What calls cost, in US dollars.");
        _calls = _meter.CreateCounter<long>("hiway.calls", "{call}", "Finished calls by outcome.");
        _unpriced = _meter.CreateCounter<long>("hiway.calls.unpriced", "{call}", "Calls whose cost is not known in full.");
        _failedAttempts = _meter.CreateCounter<long>("hiway.attempts.failed", "{attempt}", "Tries at a deployment that failed, by class.");
        _meter.CreateObservableGauge("hiway.calls.in_flight", () => drain.InFlight, "{call}", "Calls that run right now.");
        _meter.CreateObservableCounter("hiway.shield.skipped", () => shield.Skipped, "{text}", "Texts that the Shield's monitor did not look at because too many waited.");
        _meter.CreateObservableGauge("hiway.draining", () => drain.IsDraining ? 1 : 0, null, "1 while this node is leaving.");
    }

    /// <summary>Writes one finished call down; call it where the request's own activity is still the current one.</summary>
    public void Record(UsageEvent usage)
    {
        if (_calls.Enabled)
        {
            if (EventLoop.Current is { } loop)
            {
                loop.Later(static (telemetry, usage) => ((GatewayTelemetry)telemetry).Measure((UsageEvent)usage), this, usage);
            }
            else
            {
                Measure(usage);
            }
        }

        if (_source.HasListeners())
        {
            Trace(usage);
        }
    }

    public void Dispose()
    {
        _meter.Dispose();
        _source.Dispose();
    }

    /// <summary>What listens to the instruments is not ours, and must end neither a call nor the loop that it ran on.</summary>
    private void Measure(UsageEvent usage)
    {
        try
        {
            Count(usage);
        }
        catch (Exception faulty)
        {
            GatewayLog.NotMeasured(_log, faulty, usage.Id);
        }
    }

    private void Count(UsageEvent usage)
    {
        _calls.Add(1, new TagList
        {
            { "http.response.status_code", usage.Status },
            { "error.type", usage.ErrorCode ?? "" },
            { "hiway.tier", usage.Tier ?? "" },
            { "hiway.end_reason", usage.EndReason.Text() },
            { "hiway.streamed", usage.Streamed ? "true" : "false" },
        });

        // The caller's own words name a model only once they have led to one; anyone can write anything there.
        var tags = new TagList
        {
            { "gen_ai.operation.name", "chat" },
            { "gen_ai.provider.name", usage.Provider ?? "" },
            { "gen_ai.request.model", usage.Model is null ? "" : usage.RequestedModel },
            { "gen_ai.response.model", usage.Model ?? "" },
        };
        _overhead.Record(usage.OverheadMs / 1000);
        if (usage.ErrorCode is null)
        {
            _duration.Record(usage.LatencyMs / 1000, tags);
        }
        else
        {
            var failed = tags;
            failed.Add("error.type", usage.ErrorCode);
            _duration.Record(usage.LatencyMs / 1000, failed);
        }

        if (usage.TtftMs is { } firstToken)
        {
            _firstToken.Record(firstToken / 1000, tags);
        }

        var (input, output) = TokensOf(usage);
        if (input + output > 0)
        {
            var typed = tags;
            typed.Add("gen_ai.token.type", "input");
            _tokens.Record(input, typed);
            typed = tags;
            typed.Add("gen_ai.token.type", "output");
            _tokens.Record(output, typed);
        }

        if (usage.CostUsd > 0)
        {
            _cost.Add((double)usage.CostUsd, tags);
        }

        if (usage.Unpriced)
        {
            _unpriced.Add(1, tags);
        }

        foreach (var attempt in usage.Attempts)
        {
            if (attempt.Failure is { } failure)
            {
                _failedAttempts.Add(1, new TagList
                {
                    { "gen_ai.provider.name", attempt.Provider }, { "gen_ai.request.model", attempt.Model }, { "error.type", failure },
                });
            }
        }
    }

    /// <summary>One span for the call, and one inside it for each try at a provider.</summary>
    private void Trace(UsageEvent usage)
    {
        var end = usage.CreatedAt.AddMilliseconds(usage.LatencyMs);
        using var call = _source.StartActivity("gateway call", ActivityKind.Internal, default(ActivityContext), startTime: usage.CreatedAt);
        if (call is null)
        {
            return;
        }

        var (input, output) = TokensOf(usage);
        call.SetTag("hiway.request_id", usage.Id);
        call.SetTag("hiway.workspace_id", usage.WorkspaceId);
        call.SetTag("hiway.key_id", usage.KeyId);
        call.SetTag("hiway.tier", usage.Tier);
        call.SetTag("hiway.cost_usd", (double)usage.CostUsd);
        call.SetTag("hiway.end_reason", usage.EndReason.Text());
        call.SetTag("gen_ai.operation.name", "chat");
        call.SetTag("gen_ai.request.model", usage.RequestedModel);
        call.SetTag("gen_ai.response.model", usage.Model);
        call.SetTag("gen_ai.usage.input_tokens", input);
        call.SetTag("gen_ai.usage.output_tokens", output);
        MarkError(call, usage.ErrorCode);

        // The books know how long each try took, not when it began; they follow each other and the last one ends with the call.
        var ends = end;
        for (var i = usage.Attempts.Count - 1; i >= 0; i--)
        {
            var attempt = usage.Attempts[i];
            var begins = ends.AddMilliseconds(-attempt.LatencyMs);
            begins = begins < usage.CreatedAt ? usage.CreatedAt : begins;
            using var span = _source.StartActivity($"chat {attempt.Model}", ActivityKind.Client, call.Context, startTime: begins);
            if (span is not null)
            {
                span.SetTag("gen_ai.operation.name", "chat");
                span.SetTag("gen_ai.provider.name", attempt.Provider);
                span.SetTag("gen_ai.request.model", attempt.Model);
                span.SetTag("http.response.status_code", attempt.Status);
                span.SetTag("gen_ai.usage.input_tokens", attempt.Usage.TotalInput);
                span.SetTag("gen_ai.usage.output_tokens", attempt.Usage.TotalOutput);
                MarkError(span, attempt.Failure);
                span.SetEndTime(ends.UtcDateTime);
            }

            ends = begins;
        }

        call.SetEndTime(end.UtcDateTime);
    }

    private static void MarkError(Activity span, string? error)
    {
        if (error is not null)
        {
            span.SetTag("error.type", error);
            span.SetStatus(ActivityStatusCode.Error, error);
        }
    }

    private static (long Input, long Output) TokensOf(UsageEvent usage) => (usage.Usage.TotalInput, usage.Usage.TotalOutput);
}
