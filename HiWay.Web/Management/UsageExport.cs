using System.Globalization;
using System.Text;
using System.Text.Json;
using HiWay.Domain.Accounts;
using HiWay.Infrastructure.Metering;

namespace HiWay.Web.Management;

/// <summary>Writes requests as they are read; a download of any length needs the memory of one chunk.</summary>
internal sealed class UsageExport(Actor actor, UsageExportParameters parameters, IRequestLog log) : IResult
{
    /// <summary>Columns of the CSV, named as in the API.</summary>
    private static readonly (string Name, Func<RequestRow, object?> Value)[] s_columns =
    [
        ("id", row => row.Id), ("created_at", row => row.CreatedAt), ("key_id", row => row.KeyId), ("key_name", row => row.KeyName), ("end_user", row => row.EndUser),
        ("dialect", row => row.Dialect), ("requested_model", row => row.RequestedModel), ("model", row => row.Model), ("provider", row => row.Provider),
        ("tier", row => row.Tier), ("status", row => row.Status), ("error_code", row => row.ErrorCode), ("streamed", row => row.Streamed),
        ("end_reason", row => row.EndReason), ("input_tokens", row => row.InputTokens), ("output_tokens", row => row.OutputTokens),
        ("cache_read_tokens", row => row.CacheReadTokens), ("cache_write_tokens", row => row.CacheWriteTokens), ("reasoning_tokens", row => row.ReasoningTokens),
        ("cost_usd", row => row.CostUsd), ("baseline_usd", row => row.BaselineUsd), ("savings_usd", row => row.SavingsUsd), ("unpriced", row => row.Unpriced),
        ("latency_ms", row => row.LatencyMs), ("ttft_ms", row => row.TtftMs), ("overhead_ms", row => row.OverheadMs), ("attempts", row => row.Attempts),
        ("cache_hit", row => row.CacheHit), ("tags", row => string.Join(';', row.Tags)),
    ];

    public async Task ExecuteAsync(HttpContext http)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"hiway-usage-{parameters.From.UtcDateTime:yyyyMMdd}-{parameters.To.UtcDateTime:yyyyMMdd}.{(parameters.Csv ? "csv" : "jsonl")}");
        http.Response.ContentType = parameters.Csv ? "text/csv; charset=utf-8" : "application/jsonl; charset=utf-8";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
        http.Response.Headers.CacheControl = "no-store";
        var stop = http.RequestAborted;

        // The first read comes before the first byte, so that a database that is away is still a clean 503.
        await using var rows = log.ExportAsync(actor, parameters.From, parameters.To, stop).GetAsyncEnumerator(stop);
        var any = await rows.MoveNextAsync();
        await using var writer = new StreamWriter(http.Response.Body, new UTF8Encoding(false), bufferSize: 32 * 1024);
        if (parameters.Csv)
        {
            await writer.WriteAsync(string.Join(',', s_columns.Select(column => column.Name)) + "\r\n");
        }

        while (any)
        {
            await writer.WriteAsync(parameters.Csv ? CsvLine(rows.Current) : JsonSerializer.Serialize(rows.Current, ManagementJson.Options) + "\n");
            any = await rows.MoveNextAsync();
        }
    }

    internal static string CsvLine(RequestRow row)
    {
        var line = new StringBuilder();
        foreach (var (_, value) in s_columns)
        {
            line.Append(line.Length == 0 ? "" : ",").Append(Cell(value(row)));
        }

        return line.Append("\r\n").ToString();
    }

    private static string Cell(object? value) => value switch
    {
        null => "",
        string text => Quoted(Harmless(text)),
        bool flag => flag ? "true" : "false",
        DateTimeOffset at => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new InvalidOperationException($"No CSV form for {value.GetType()}."),
    };

    /// <summary>A text as one cell of a CSV.</summary>
    internal static string Text(string? text) => Cell(text);

    /// <summary>A spreadsheet runs a cell that begins like this; callers choose model names, users and tags.</summary>
    private static string Harmless(string text) => text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' ? "'" + text : text;

    private static string Quoted(string text) => text.AsSpan().IndexOfAny("\",\r\n") < 0 ? text : "\"" + text.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
}
