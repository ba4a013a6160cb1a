using System.Net;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Egress;

namespace HiWay.Infrastructure.Dialects;

/// <summary>A picture that a request names by its address could not be fetched.</summary>
/// <param name="path">Which part, in the inner form's words: <c>messages[0].content[1]</c>.</param>
public sealed class PictureNotFetchedException(string path, string message) : Exception(message)
{
    public string Path { get; } = path;
}

/// <summary>
/// Fetches the pictures that a request names by address, for APIs that take bytes alone (Bedrock, Ollama). Through the same checks as every other
/// call out: no private address, in time, no more bytes than a picture needs.
/// </summary>
public sealed class PictureFetch : IDisposable
{
    /// <summary>Anthropic's limit on a picture; Bedrock's is below it, and says so itself.</summary>
    private const int MostBytes = 5 * 1024 * 1024;

    /// <summary>Bedrock's limit on the pictures of a request.</summary>
    private const int MostPictures = 20;

    private const int MostRedirects = 3;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http;

    public PictureFetch(EgressHandlers egress) => _http = new(egress.Create()) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Whether there is anything to fetch.</summary>
    public static bool Wants(ChatRequest request) => request.Messages.Any(message => message.Parts.Any(IsAddress));

    /// <summary>The request with its pictures as base64; the pictures are fetched at the same time.</summary>
    /// <exception cref="PictureNotFetchedException">One of them cannot be had, or is none.</exception>
    public async Task<ChatRequest> InlineAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_patience);
        var fetched = new Dictionary<string, Task<ImagePart>>(StringComparer.Ordinal);
        for (var i = 0; i < request.Messages.Count; i++)
        {
            Begin(request.Messages[i].Parts, $"messages[{i}]", fetched, limit.Token);
        }

        await Task.WhenAll(fetched.Values);
        return request with { Messages = [.. request.Messages.Select(message => message with { Parts = Inlined(message.Parts, fetched) })] };
    }

    public void Dispose() => _http.Dispose();

    private static bool IsAddress(ChatPart part) => part switch
    {
        ImagePart { Base64: null, Url: { } url } => IsWeb(url),
        ToolResultPart result => result.Parts.Any(IsAddress),
        _ => false,
    };

    /// <summary>Addresses of other kinds (s3:) are the provider's to read.</summary>
    private static bool IsWeb(string url) => url.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    private void Begin(IReadOnlyList<ChatPart> parts, string path, Dictionary<string, Task<ImagePart>> fetched, CancellationToken stop)
    {
        for (var i = 0; i < parts.Count; i++)
        {
            var here = $"{path}.content[{i}]";
            if (parts[i] is ToolResultPart result)
            {
                Begin(result.Parts, path, fetched, stop);
            }
            else if (parts[i] is ImagePart { Url: { } url } picture && IsAddress(picture) && !fetched.ContainsKey(url))
            {
                if (fetched.Count == MostPictures)
                {
                    throw new PictureNotFetchedException(here, $"A request may name at most {MostPictures} pictures by address for this model, which takes bytes alone. Send the others as base64.");
                }

                fetched[url] = FetchAsync(picture, url, here, stop);
            }
        }
    }

    private static IReadOnlyList<ChatPart> Inlined(IReadOnlyList<ChatPart> parts, Dictionary<string, Task<ImagePart>> fetched) =>
        !parts.Any(IsAddress) ? parts : [.. parts.Select(part => part switch
        {
            ImagePart { Url: { } url } picture when IsAddress(picture) => picture with { Url = null, MediaType = fetched[url].Result.MediaType, Base64 = fetched[url].Result.Base64 },
            ToolResultPart result => result with { Parts = Inlined(result.Parts, fetched) },
            _ => part,
        })];

    private async Task<ImagePart> FetchAsync(ImagePart picture, string url, string path, CancellationToken stop)
    {
        try
        {
            var bytes = await BytesAsync(url, path, stop);
            var type = MediaTypeOf(bytes) ?? throw new PictureNotFetchedException(path, "What this address leads to is no PNG, JPEG, GIF or WebP picture.");
            return picture with { Url = null, MediaType = type, Base64 = Convert.ToBase64String(bytes) };
        }
        catch (HttpRequestException broken)
        {
            throw new PictureNotFetchedException(path, broken.InnerException is EgressRefusedException refused
                ? refused.Message
                : "The picture's address could not be reached.");
        }
        catch (IOException)
        {
            throw new PictureNotFetchedException(path, "The picture's server broke off in the middle.");
        }
        catch (OperationCanceledException)
        {
            throw new PictureNotFetchedException(path, $"The picture did not come within {s_patience.TotalSeconds:0} seconds.");
        }
    }

    private async Task<byte[]> BytesAsync(string url, string path, CancellationToken stop)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address))
        {
            throw new PictureNotFetchedException(path, "The picture's address is no URL.");
        }

        for (var hop = 0; ; hop++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { { "Accept", "image/png, image/jpeg, image/gif, image/webp" }, { "User-Agent", "HiWay" } } };
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
            if (response.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect
                && hop < MostRedirects && response.Headers.Location is { } next && new Uri(address, next) is { Scheme: "http" or "https" } target)
            {
                address = target;   // its address is checked when the connection is made, as the first was
                continue;
            }

            return response.StatusCode is HttpStatusCode.OK
                ? await ReadAsync(response.Content, path, stop)
                : throw new PictureNotFetchedException(path, $"The picture's server answered {(int)response.StatusCode}.");
        }
    }

    private static async Task<byte[]> ReadAsync(HttpContent content, string path, CancellationToken stop)
    {
        // A page that says "not found" with a 200 is told by its type before its bytes are read.
        if (content.Headers.ContentType?.MediaType is { } type && !type.StartsWith("image/", StringComparison.OrdinalIgnoreCase) && type is not ("application/octet-stream" or "binary/octet-stream"))
        {
            throw new PictureNotFetchedException(path, $"The picture's address leads to {type}, which is no picture.");
        }

        var bytes = new MemoryStream();
        await using var from = await content.ReadAsStreamAsync(stop);
        var piece = new byte[32 * 1024];
        int read;
        while ((read = await from.ReadAsync(piece, stop)) > 0)
        {
            bytes.Write(piece, 0, read);
            if (bytes.Length > MostBytes)
            {
                throw new PictureNotFetchedException(path, $"The picture is larger than {MostBytes / (1024 * 1024)} MiB.");
            }
        }

        return bytes.ToArray();
    }

    /// <summary>By the first bytes: servers are often wrong about the type, and the APIs refuse a wrong one.</summary>
    private static string? MediaTypeOf(ReadOnlySpan<byte> bytes) =>
        bytes is [0x89, (byte)'P', (byte)'N', (byte)'G', ..] ? "image/png"
        : bytes is [0xFF, 0xD8, 0xFF, ..] ? "image/jpeg"
        : bytes.StartsWith("GIF8"u8) ? "image/gif"
        : bytes.Length > 12 && bytes.StartsWith("RIFF"u8) && bytes[8..].StartsWith("WEBP"u8) ? "image/webp"
        : null;
}
