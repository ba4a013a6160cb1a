using System.Buffers;

namespace HiWay.Infrastructure.Dialects.OpenAiResponses;

/// <summary>Ends a stream whose events came from a provider and were passed on as they are.</summary>
/// <param name="number">The number of the first event; the provider's own came before.</param>
public sealed class ResponsesFailure(IBufferWriter<byte> output, long number)
{
    public void Write(string code, string message)
    {
        var events = new ResponsesEvents(output, number);
        events.Error(code, message, null);
    }
}
