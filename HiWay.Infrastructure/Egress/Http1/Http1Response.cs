using System.Buffers.Text;
using System.Net;
using System.Text;

namespace HiWay.Infrastructure.Egress.Http1;

/// <summary>Reads an answer's head (RFC 9112): status, headers, and how its body is framed.</summary>
internal static class Http1Response
{
    /// <param name="head">From the status line to the blank line, both included.</param>
    /// <param name="interim">A 1xx answer; the real one follows.</param>
    /// <exception cref="HttpRequestException">It is no HTTP/1 answer, or its framing contradicts itself.</exception>
    public static HttpResponseMessage? Read(ReadOnlySpan<byte> head, Http1Connection connection, HttpRequestMessage request, out bool interim)
    {
        var line = NextLine(ref head);
        if (line.Length < 12 || !line.StartsWith("HTTP/1."u8) || !Utf8Parser.TryParse(line.Slice(9, 3), out int status, out var digits) || digits != 3 || status is < 100 or > 999)
        {
            throw Invalid("The provider's answer is not HTTP/1.");
        }

        // 101 would hand the connection over to another protocol, which nobody here asks for.
        interim = status is >= 100 and < 200 and not 101;
        if (interim)
        {
            return null;
        }

        var framing = new Framing { KeepAlive = line[7] == (byte)'1' };
        var content = new Http1Content();
        var response = new HttpResponseMessage((HttpStatusCode)status) { Version = HttpVersion.Version11, Content = content, RequestMessage = request };
        while (true)
        {
            line = NextLine(ref head);
            if (line.IsEmpty)
            {
                break;
            }

            var colon = line.IndexOf((byte)':');
            if (colon <= 0 || line[0] is (byte)' ' or (byte)'\t')
            {
                throw Invalid("The provider's answer holds a line that is no header.");
            }

            var value = line[(colon + 1)..].Trim(" \t"u8);
            framing.Take(line[..colon], value);
            var name = Http1HeaderNames.Of(line[..colon]);
            var text = Encoding.Latin1.GetString(value);
            if (!response.Headers.TryAddWithoutValidation(name, text))
            {
                content.Headers.TryAddWithoutValidation(name, text);
            }
        }

        var empty = request.Method == HttpMethod.Head || status is 204 or 304;
        content.Body = framing.Open(connection, empty);
        return response;
    }

    internal static HttpRequestException Invalid(string message) => new(HttpRequestError.InvalidResponse, message);

    private static ReadOnlySpan<byte> NextLine(ref ReadOnlySpan<byte> head)
    {
        var end = head.IndexOf((byte)'\n');
        var line = head[..end].TrimEnd((byte)'\r');
        head = head[(end + 1)..];
        return line;
    }

    /// <summary>What the headers say of where the body ends.</summary>
    private struct Framing
    {
        private long? _length;
        private bool _chunked;

        public bool KeepAlive { get; set; }

        public void Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            if (Ascii.EqualsIgnoreCase(name, "Content-Length"u8))
            {
                if (!Utf8Parser.TryParse(value, out long length, out var digits) || digits != value.Length || length < 0 || (_length is { } known && known != length))
                {
                    throw Invalid("The provider's Content-Length is no length.");
                }

                _length = length;
            }
            else if (Ascii.EqualsIgnoreCase(name, "Transfer-Encoding"u8))
            {
                if (!Ascii.EqualsIgnoreCase(value, "chunked"u8))
                {
                    throw Invalid("The provider's Transfer-Encoding is not one that HiWay reads.");
                }

                _chunked = true;
            }
            else if (Ascii.EqualsIgnoreCase(name, "Connection"u8))
            {
                KeepAlive = Ascii.EqualsIgnoreCase(value, "keep-alive"u8) || (KeepAlive && !Ascii.EqualsIgnoreCase(value, "close"u8));
            }
        }

        public readonly Http1Body Open(Http1Connection connection, bool empty) =>
            empty ? new Http1Body(connection, 0, chunked: false, KeepAlive)
            : _chunked ? new Http1Body(connection, null, chunked: true, KeepAlive && _length is null)
            : new Http1Body(connection, _length, chunked: false, KeepAlive && _length is not null);
    }
}

/// <summary>Header names that answers of providers carry, so that each call makes no new strings of them.</summary>
internal static class Http1HeaderNames
{
    private static readonly string[][] s_byLength = Group(
    [
        "Date", "Server", "Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Connection", "Keep-Alive", "Cache-Control", "Retry-After",
        "Vary", "Via", "Set-Cookie", "CF-RAY", "CF-Cache-Status", "Alt-Svc", "Strict-Transport-Security", "X-Content-Type-Options", "x-request-id", "request-id",
        "openai-version", "openai-organization", "openai-processing-ms", "openai-project", "anthropic-organization-id", "x-envoy-upstream-service-time",
        "x-ratelimit-limit-requests", "x-ratelimit-limit-tokens", "x-ratelimit-remaining-requests", "x-ratelimit-remaining-tokens",
        "x-ratelimit-reset-requests", "x-ratelimit-reset-tokens", "access-control-expose-headers", "access-control-allow-origin",
    ]);

    public static string Of(ReadOnlySpan<byte> name)
    {
        if (name.Length < s_byLength.Length)
        {
            foreach (var known in s_byLength[name.Length])
            {
                if (Ascii.EqualsIgnoreCase(name, known))
                {
                    return known;
                }
            }
        }

        return Encoding.Latin1.GetString(name);
    }

    private static string[][] Group(string[] names)
    {
        var groups = names.ToLookup(name => name.Length);
        return [.. Enumerable.Range(0, names.Max(name => name.Length) + 1).Select(length => groups[length].ToArray())];
    }
}
