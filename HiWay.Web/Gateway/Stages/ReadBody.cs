using HiWay.Domain.Errors;
using HiWay.Web.Gateway.Wire;
using Microsoft.Extensions.Options;

namespace HiWay.Web.Gateway.Stages;

/// <summary>Takes the body in and finds in one pass what the later stages decide on.</summary>
internal sealed class ReadBody(IOptions<GatewayOptions> options)
{
    /// <summary>Bodies larger than this many bytes take long to look at; they leave the event loop, on which other calls wait.</summary>
    private const int LongBody = 256 * 1024;

    private static readonly string?[] s_sizes = new string?[1_000];

    public async ValueTask<GatewayError?> RunAsync(GatewayCall call)
    {
        if (call.Operation is { } operation)
        {
            var (bytes, refusal) = await operation.ReadAsync(call, options.Value);
            call.Record("read_body", refusal is null ? Size(bytes) : "refused");
            return refusal;
        }

        var (rented, length, error) = await BodyReader.ReadAsync(call.Http.Request, options.Value.BodyLimitBytes, call.Http.RequestAborted);
        if (length > LongBody || (call.Workspace.Privacy is { Enabled: true, Scanner.HasOwnPatterns: true }))
        {
            await Task.Yield();
        }

        if (error is null)
        {
            (var body, error) = call.Client.Scan(rented!, length);
            if (body is not null)
            {
                call.Body = body;
                body.PromptCaching = call.Workspace.PromptCaching;
            }
            else
            {
                System.Buffers.ArrayPool<byte>.Shared.Return(rented!);
            }
        }

        call.Record("read_body", error is null ? Size(length) : "refused");
        return error;
    }

    /// <summary>In tenths of a KB, and the same words for all calls of that size: every call says them.</summary>
    private static string Size(int bytes)
    {
        var tenths = (bytes * 10L + 512) / 1024;
        return bytes < 1024 ? $"{bytes} B"
            : tenths < s_sizes.Length ? s_sizes[tenths] ??= Words(tenths)
            : Words(tenths);

        static string Words(long tenths) => tenths % 10 == 0 ? $"{tenths / 10} KB" : $"{tenths / 10}.{tenths % 10} KB";
    }
}
