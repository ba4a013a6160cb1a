using System.Buffers;
using System.IO.Pipelines;
using HiWay.Domain.Errors;
using Microsoft.AspNetCore.Http.Features;

namespace HiWay.Web.Gateway.Wire;

/// <summary>Reads a request body whole into one rented array, never more than the limit.</summary>
internal static class BodyReader
{
    private const int FirstGuess = 16 * 1024;

    /// <summary>Up to so many times the limit is read and thrown away before the refusal is sent.</summary>
    private const int MostReadTimes = 4;

    /// <summary>The body; the caller owns the array. Or the refusal: not JSON, compressed, or too large.</summary>
    /// <exception cref="OperationCanceledException">The client left before the body was there.</exception>
    public static async ValueTask<(byte[]? Rented, int Length, GatewayError? Error)> ReadAsync(HttpRequest request, int limitBytes, CancellationToken clientGone)
    {
        // Kestrel's own limit stands well above ours, so that too much is our answer and not a broken connection.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = (long)limitBytes * MostReadTimes;
        }

        if (Refuse(request, limitBytes) is { } refusal)
        {
            if (refusal.Kind == GatewayErrorKind.BodyTooLarge && request.ContentLength <= (long)limitBytes * MostReadTimes)
            {
                await DiscardAsync(request.BodyReader, clientGone);
            }

            return (null, 0, refusal);
        }

        var rented = ArrayPool<byte>.Shared.Rent((int)Math.Max(request.ContentLength ?? FirstGuess, 1));
        var length = 0;
        var reader = request.BodyReader;
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(clientGone);
                foreach (var segment in read.Buffer)
                {
                    if (length + segment.Length > limitBytes)
                    {
                        reader.AdvanceTo(read.Buffer.End);
                        await DiscardAsync(reader, clientGone);
                        ArrayPool<byte>.Shared.Return(rented);
                        return (null, 0, TooLarge(limitBytes));
                    }

                    if (length + segment.Length > rented.Length)
                    {
                        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(rented.Length * 2, length + segment.Length));
                        rented.AsSpan(0, length).CopyTo(larger);
                        ArrayPool<byte>.Shared.Return(rented);
                        rented = larger;
                    }

                    segment.Span.CopyTo(rented.AsSpan(length));
                    length += segment.Length;
                }

                reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return (rented, length, null);
                }
            }
        }
        catch (BadHttpRequestException broken)
        {
            ArrayPool<byte>.Shared.Return(rented);
            return broken.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? (null, 0, TooLarge(limitBytes))
                : (null, 0, new GatewayError(GatewayErrorKind.InvalidRequest, "The request body broke off or was not framed as its headers say."));
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(rented);
            throw;
        }
    }

    /// <summary>
    /// Reads the rest of a body that is too large. A client that still sends when the connection closes never reads why; one that was
    /// heard out does.
    /// </summary>
    private static async ValueTask DiscardAsync(PipeReader reader, CancellationToken clientGone)
    {
        try
        {
            ReadResult read;
            do
            {
                read = await reader.ReadAsync(clientGone);
                reader.AdvanceTo(read.Buffer.End);
            }
            while (!read.IsCompleted);
        }
        catch (BadHttpRequestException)
        {
            // Larger than Kestrel's limit too: nothing more can be done for this connection.
        }
    }

    private static GatewayError? Refuse(HttpRequest request, int limitBytes)
    {
        // A missing type is taken as JSON: small clients leave it out. A wrong one is a mistake worth naming.
        if (request.ContentType is { Length: > 0 } type && !IsJson(type))
        {
            return new GatewayError(GatewayErrorKind.UnsupportedMediaType,
                $"Content-Type '{Shorten(type)}' is not supported here. Send JSON with 'Content-Type: application/json'.");
        }

        var encoding = request.Headers.ContentEncoding;
        if (encoding.Count > 0 && !string.Equals(encoding.ToString(), "identity", StringComparison.OrdinalIgnoreCase))
        {
            return new GatewayError(GatewayErrorKind.UnsupportedMediaType,
                $"Content-Encoding '{Shorten(encoding.ToString())}' is not supported. Send the body uncompressed.");
        }

        return request.ContentLength > limitBytes ? TooLarge(limitBytes) : null;
    }

    private static bool IsJson(string type)
    {
        var media = type.AsSpan();
        if (media.IndexOf(';') is var end and >= 0)
        {
            media = media[..end];
        }

        media = media.Trim();
        return media.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || (media.StartsWith("application/", StringComparison.OrdinalIgnoreCase) && media.EndsWith("+json", StringComparison.OrdinalIgnoreCase));
    }

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";

    private static GatewayError TooLarge(int limitBytes) => new(GatewayErrorKind.BodyTooLarge,
        $"The body is larger than {limitBytes / (1024.0 * 1024.0):0.##} MiB, the limit of this installation (Gateway:BodyLimitBytes).")
    {
        Details = [new("limit", limitBytes)],
    };
}
