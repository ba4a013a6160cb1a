using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using HiWay.Domain.Budgets;
using HiWay.Domain.Errors;
using HiWay.Domain.Routing;
using HiWay.Infrastructure.Budgets;
using HiWay.Infrastructure.Limits;
using HiWay.Web.Gateway.Clients;
using HiWay.Web.Gateway.Limits;
using HiWay.Web.Gateway.Stages;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.DryRuns;

/// <summary>
/// <c>POST /v1/quote</c>: what a call would do and cost, without making it. The body is that of <c>/v1/chat/completions</c>, or of the route
/// that <c>?endpoint=</c> names. Counts as a request against the key's limits, and costs nothing.
/// </summary>
internal sealed class QuoteEndpoint(Authenticate authenticate, ReadBody readBody, DryRun dryRun, RateWindows limits, SpendLedger ledger, TimeProvider clock)
{
    public async Task RunAsync(HttpContext http)
    {
        var wanted = http.Request.Query["endpoint"].ToString();
        var client = wanted.Length == 0 ? ClientDialects.OpenAiChat : ClientDialects.All.FirstOrDefault(dialect => dialect.Endpoint == wanted);
        using var call = new GatewayCall(http, http.RequestId(), clock.GetUtcNow(), Stopwatch.GetTimestamp()) { Client = client ?? ClientDialects.OpenAiChat };
        var refusal = await authenticate.RunAsync(call)
            ?? (client is null ? Unknown(wanted) : null)
            ?? Admit(call)
            ?? await readBody.RunAsync(call)
            ?? await dryRun.DecideAsync(call);
        if (refusal is not null)
        {
            await Refuse.WriteAsync(call, refusal);   // without a usage row: asking for a price is no use of a model
            return;
        }

        AnswerHeaders.WriteLimits(http.Response.Headers, call.Admission);
        var quote = Quote.Of(call, call.Spend is { Capped: true } scope ? ledger.Tightest(scope, call.ArrivedAt) : null);
        await UnmeteredAnswer.WriteAsync(http, json => Write(json, call, quote));
    }

    private GatewayError? Admit(GatewayCall call)
    {
        var admission = limits.Admit(call.Key.Id, KeyLimits.Of(call), 0);
        call.Admission = admission;
        if (!admission.Admitted)
        {
            return KeyLimits.Refusal(call, admission);
        }

        limits.End(call.Key.Id, admission, 0, 0);   // it runs for microseconds, so it holds no place among the calls at once
        return null;
    }

    private static GatewayError Unknown(string endpoint) => new(GatewayErrorKind.InvalidRequest,
        $"'endpoint' is '{endpoint}', not one of {string.Join(", ", ClientDialects.All.Select(dialect => dialect.Endpoint))}.", "endpoint");

    private static void Write(Utf8JsonWriter json, GatewayCall call, Quote quote)
    {
        var route = call.Route;
        json.WriteStartObject();
        json.WriteString("object"u8, "quote"u8);
        json.WriteString("request_id"u8, call.RequestId);
        json.WriteBoolean("allowed"u8, quote.Allowed);
        json.WriteStartObject("route"u8);
        json.WriteString("model"u8, route.Chain[0].Model.Id);
        json.WriteString("tier"u8, route.RoutedTier);
        Number(json, "score", route.Score);
        json.WriteString("profile"u8, ChooseChain.ProfileOf(call).Text());
        json.WriteString("reason"u8, route.Reason);
        json.WriteStartArray("chain"u8);
        foreach (var deployment in route.Chain)
        {
            json.WriteStringValue(deployment.Model.Id);
        }

        json.WriteEndArray();
        json.WriteEndObject();

        json.WriteStartObject("tokens"u8);
        json.WriteNumber("prompt"u8, call.PromptTokens);
        json.WriteNumber("expected_output"u8, quote.ExpectedOutputTokens);
        json.WriteNumber("max_output"u8, quote.MaxOutputTokens);
        json.WriteEndObject();

        json.WriteStartObject("cost"u8);
        Usd(json, "min_usd", quote.Range.MinUsd);
        Usd(json, "expected_usd", quote.Range.ExpectedUsd);
        Usd(json, "max_usd", quote.MaxUsd);
        Usd(json, "baseline_usd", quote.BaselineUsd);
        json.WriteBoolean("unpriced"u8, quote.Range.ExpectedUsd is null);
        json.WriteEndObject();

        WriteBudget(json, quote);
        json.WriteStartObject("cache"u8);
        json.WriteBoolean("warm"u8, route.CachedTokens > 0);
        json.WriteString("model"u8, route.CachedTokens > 0 ? route.Chain[0].Model.Id : null);
        json.WriteNumber("cached_tokens"u8, route.CachedTokens);
        Usd(json, "savings_usd", quote.CacheSavingsUsd);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteBudget(Utf8JsonWriter json, Quote quote)
    {
        if (quote.Budget is not { } budget)
        {
            json.WriteNull("budget"u8);
            return;
        }

        json.WriteStartObject("budget"u8);
        json.WriteString("verdict"u8, quote.Allowed ? budget.Verdict.Text() : BudgetVerdict.Block.Text());
        json.WriteString("scope"u8, budget.Cap.Subject.ScopeName);
        Usd(json, "cap_usd", budget.Cap.CapUsd);
        Usd(json, "spent_usd", budget.SpentUsd);
        Usd(json, "remaining_usd", budget.LeftUsd);
        json.WriteString("reset_at"u8, budget.ResetAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        json.WriteEndObject();
    }

    private static void Usd(Utf8JsonWriter json, string name, decimal? usd)
    {
        if (usd is { } known)
        {
            json.WriteNumber(name, decimal.Round(known, 12) / 1.0000000000000000000000000000m);   // 3.00 is written as 3
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void Number(Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } known)
        {
            json.WriteNumber(name, known);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
