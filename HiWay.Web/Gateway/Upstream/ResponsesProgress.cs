using System.Text;
using HiWay.Infrastructure.Dialects.Json;
using HiWay.Infrastructure.Dialects.OpenAiResponses;
using HiWay.Infrastructure.Dialects.Resuming;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>
/// How far an answer of the Responses API has come that is passed through as bytes, so that it can be gone on with: thoughts that are whole,
/// and then one message of plain text. Tool calls, refusals, sources and a second message rule it out.
/// </summary>
internal sealed class ResponsesProgress
{
    private readonly List<byte[]> _finished = [];
    private byte[]? _message;
    private bool _partBegun;
    private bool _thinking;
    private long _number = -1;

    /// <summary>The answer's id as the client knows it; null before it was told.</summary>
    public string? Id { get; private set; }

    /// <summary>It did not stop within a thought, which nobody else can end.</summary>
    public bool CanGoOn => !_thinking;

    /// <summary>Takes an event that went to the client.</summary>
    public void Take(in ResponsesFacts seen, long number, DeliveredText delivered)
    {
        _number = number;
        if (!delivered.CanResume)
        {
            return;
        }

        var type = seen.Type;
        if (type.SequenceEqual("response.output_text.delta"u8) && _message is not null && _partBegun)
        {
            delivered.Text(seen.Delta);
        }
        else if (type.SequenceEqual("response.output_item.added"u8))
        {
            Begun(seen.Item, delivered);
        }
        else if (type.SequenceEqual("response.content_part.added"u8) && !_partBegun && JsonMembers.FindText(seen.Part, "type"u8).SequenceEqual("output_text"u8))
        {
            _partBegun = true;
        }
        else if (type.SequenceEqual("response.output_item.done"u8) && _thinking)
        {
            _thinking = false;
            _finished.Add(seen.Item.ToArray());
        }
        else if (!seen.Response.IsEmpty)
        {
            Id ??= JsonMembers.FindText(seen.Response, "id"u8) is { IsEmpty: false } id ? Encoding.UTF8.GetString(id) : null;
        }
        else if (!type.StartsWith("response.reasoning"u8))
        {
            delivered.Other();
        }
    }

    /// <summary>Puts a writer where the answer stopped.</summary>
    public void HandTo(OpenAiResponsesStreamWriter writer, DeliveredText delivered) =>
        writer.TakeOver(_number + 1, _finished, _message, _partBegun ? delivered.Json.ToArray() : null);

    private void Begun(ReadOnlySpan<byte> item, DeliveredText delivered)
    {
        var kind = JsonMembers.FindText(item, "type"u8);
        if (kind.SequenceEqual("reasoning"u8) && _message is null && !_thinking)
        {
            _thinking = true;
        }
        else if (kind.SequenceEqual("message"u8) && _message is null && !_thinking)
        {
            _message = JsonMembers.FindText(item, "id"u8).ToArray();
        }
        else
        {
            delivered.Other();
        }
    }
}
