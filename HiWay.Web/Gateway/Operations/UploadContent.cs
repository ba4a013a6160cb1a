using System.IO.Pipelines;
using System.Net;

namespace HiWay.Web.Gateway.Operations;

/// <summary>The client's body, handed on as it arrives.</summary>
/// <param name="length">As the client stated it; null sends it in chunks.</param>
/// <param name="onProgress">Called for each piece, so that a slow upload is not taken for a silent provider.</param>
internal sealed class UploadContent(PipeReader from, long? length, Action onProgress) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await from.ReadAsync(cancellationToken);
            foreach (var segment in read.Buffer)
            {
                await stream.WriteAsync(segment, cancellationToken);
            }

            from.AdvanceTo(read.Buffer.End);
            onProgress();
            await stream.FlushAsync(cancellationToken);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    protected override bool TryComputeLength(out long computed)
    {
        computed = length ?? 0;
        return length is not null;
    }
}
