using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using HiWay.Domain.Errors;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace HiWay.Web.Gateway.Operations;

/// <summary>
/// A form with pictures on its way through. It is read only as far as decisions need: up to the model and the fields that follow it.
/// Pictures that stand before that wait in memory while they are small and on disk when they are not; everything behind is handed on as it
/// arrives and never held.
/// </summary>
internal sealed class ImageForm : IDisposable
{
    private const int MostFieldBytes = 256 * 1024;
    private const int MemoryBytes = 64 * 1024;
    private const int PieceBytes = 32 * 1024;

    private readonly List<Part> _held = [];
    private readonly MultipartReader _reader;
    private readonly string _boundary = "hiway-" + Guid.NewGuid().ToString("N");
    private readonly long _limitBytes;
    private MultipartSection? _open;
    private bool _atEnd;

    public ImageForm(string boundary, Stream body, long limitBytes)
    {
        _limitBytes = limitBytes;
        _reader = new MultipartReader(boundary, body) { BodyLengthLimit = limitBytes };
    }

    public string ContentType => $"multipart/form-data; boundary={_boundary}";

    /// <summary>All of it was read, so that every field is known.</summary>
    public bool IsWhole => _atEnd;

    /// <summary>Why sending it broke off, when the client's form was at fault.</summary>
    public GatewayError? Broken { get; private set; }

    /// <summary>Reads as far as decisions need.</summary>
    /// <param name="field">Takes each text field; the refusal ends the call.</param>
    /// <param name="file">Told of each picture.</param>
    /// <param name="hasModel">Whether enough is known.</param>
    /// <param name="wholeFirst">Reads to the end, because a cap or the Shield needs every field.</param>
    public async ValueTask<GatewayError?> ReadAsync(Func<string, string, GatewayError?> field, Action file, Func<bool> hasModel, bool wholeFirst, CancellationToken clientGone)
    {
        try
        {
            while (await _reader.ReadNextSectionAsync(clientGone) is { } section)
            {
                if (NameOf(section) is not { } name)
                {
                    return Invalid("Each part of the form needs a name.", null);
                }

                if (IsFile(section))
                {
                    file();
                    if (hasModel() && !wholeFirst)
                    {
                        _open = section;
                        return null;
                    }

                    _held.Add(await HoldAsync(name, section, clientGone));
                    continue;
                }

                if (await TextAsync(section, clientGone) is not { } text)
                {
                    return Invalid($"'{name}' is longer than {MostFieldBytes / 1024} KB.", name);
                }

                _held.Add(new Part(name, section, text, null));
                if (field(name, text) is { } refusal)
                {
                    return refusal;
                }
            }

            _atEnd = true;
            return null;
        }
        catch (Exception broken) when (Fault(broken) is { } fault)
        {
            return fault;
        }
    }

    /// <summary>The body for the provider: HiWay's own fields left out, the model called as the provider calls it.</summary>
    /// <param name="onProgress">Called for each piece that leaves.</param>
    public HttpContent Send(string upstreamModel, Action onProgress) => new Content(this, upstreamModel, onProgress);

    public void Dispose() => _held.ForEach(part => part.File?.Dispose());

    private async Task WriteAsync(Stream to, string upstreamModel, Action onProgress, CancellationToken stop)
    {
        foreach (var part in _held)
        {
            if (part.Name is "hiway" or "cache")
            {
                continue;
            }

            await WriteHeadAsync(to, part.Section, stop);
            if (part.File is { } file)
            {
                await file.DrainBufferAsync(to, stop);
            }
            else
            {
                await to.WriteAsync(Encoding.UTF8.GetBytes(part.Name == "model" ? upstreamModel : part.Text!), stop);
            }

            await to.WriteAsync("\r\n"u8.ToArray(), stop);
            onProgress();
        }

        try
        {
            for (var section = _open; section is not null; section = await _reader.ReadNextSectionAsync(stop))
            {
                // A second model would be the one that the provider reads; it has been decided on the first.
                if (NameOf(section) is null or "model" or "hiway" or "cache")
                {
                    continue;
                }

                await WriteHeadAsync(to, section, stop);
                await CopyAsync(section.Body, to, onProgress, stop);
                await to.WriteAsync("\r\n"u8.ToArray(), stop);
            }
        }
        catch (Exception broken) when (Fault(broken) is { } fault)
        {
            Broken = fault;
            throw;
        }

        await to.WriteAsync(Encoding.ASCII.GetBytes($"--{_boundary}--\r\n"), stop);
    }

    private async ValueTask WriteHeadAsync(Stream to, MultipartSection section, CancellationToken stop)
    {
        var head = new StringBuilder($"--{_boundary}\r\n");
        foreach (var (name, values) in section.Headers!)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {values}\r\n");
        }

        await to.WriteAsync(Encoding.UTF8.GetBytes(head.Append("\r\n").ToString()), stop);
    }

    private static async ValueTask CopyAsync(Stream from, Stream to, Action onProgress, CancellationToken stop)
    {
        var piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            int read;
            while ((read = await from.ReadAsync(piece, stop)) > 0)
            {
                await to.WriteAsync(piece.AsMemory(0, read), stop);
                await to.FlushAsync(stop);
                onProgress();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private async ValueTask<Part> HoldAsync(string name, MultipartSection section, CancellationToken stop)
    {
        var file = new FileBufferingWriteStream(MemoryBytes, _limitBytes);
        try
        {
            await section.Body.CopyToAsync(file, stop);
            return new Part(name, section, null, file);
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    private static async ValueTask<string?> TextAsync(MultipartSection section, CancellationToken stop)
    {
        using var bytes = new MemoryStream();
        var piece = new byte[4096];
        int read;
        while ((read = await section.Body.ReadAsync(piece, stop)) > 0)
        {
            bytes.Write(piece, 0, read);
            if (bytes.Length > MostFieldBytes)
            {
                return null;
            }
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private static string? NameOf(MultipartSection section) =>
        ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) && HeaderUtilities.RemoveQuotes(disposition.Name) is { Length: > 0 } name ? name.ToString() : null;

    private static bool IsFile(MultipartSection section) =>
        ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) && disposition.Parameters.Any(one => one.Name.Equals("filename", StringComparison.OrdinalIgnoreCase) || one.Name.Equals("filename*", StringComparison.OrdinalIgnoreCase));

    /// <summary>What a failure while reading the client's form means; null for those that are not its fault.</summary>
    private GatewayError? Fault(Exception broken) => broken switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => TooLarge(),
        BadHttpRequestException => Invalid("The request body broke off or was not framed as its headers say.", null),
        InvalidDataException { Message: var message } when message.Contains("limit", StringComparison.OrdinalIgnoreCase) => TooLarge(),
        InvalidDataException => Invalid("The form is malformed: its parts are not framed as the boundary says.", null),
        IOException => Invalid("The form broke off before its last boundary.", null),
        _ => null,
    };

    private GatewayError TooLarge() => new(GatewayErrorKind.BodyTooLarge,
        $"The form is larger than {_limitBytes / (1024.0 * 1024.0):0.##} MiB, the limit of this installation (Gateway:UploadLimitBytes), or one of its parts has too many headers.")
    {
        Details = [new("limit", _limitBytes)],
    };

    private static GatewayError Invalid(string message, string? param) => new(GatewayErrorKind.InvalidRequest, message, param);

    private sealed record Part(string Name, MultipartSection Section, string? Text, FileBufferingWriteStream? File);

    private sealed class Content(ImageForm form, string upstreamModel, Action onProgress) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            form.WriteAsync(stream, upstreamModel, onProgress, cancellationToken);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
