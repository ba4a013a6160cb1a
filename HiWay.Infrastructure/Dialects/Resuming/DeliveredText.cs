using System.Buffers;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.Resuming;

/// <summary>
/// What of an answer its reader already has, kept while the answer runs so that another model can go on with it when the first one
/// breaks off. Only one choice of plain text can be taken up again; anything else that was delivered rules it out.
/// </summary>
public sealed class DeliveredText
{
    /// <summary>Longer answers are not taken up again: the memory would be held by every stream for the few that break.</summary>
    public const int MaxBytes = 256 * 1024;

    private readonly ArrayBufferWriter<byte> _json = new();

    /// <summary>The answer so far is text of one choice (or nothing yet) and can be taken up by another model.</summary>
    public bool CanResume { get; private set; } = true;

    /// <summary>Some text was delivered.</summary>
    public bool Any => _json.WrittenCount > 0;

    /// <summary>A piece of the first choice's text went to the reader.</summary>
    /// <param name="json">The inside of a JSON string, as it was escaped upstream.</param>
    public void Text(ReadOnlySpan<byte> json)
    {
        if (!CanResume)
        {
            return;
        }

        if (_json.WrittenCount + json.Length > MaxBytes)
        {
            Other();
            return;
        }

        _json.Write(json);
    }

    /// <summary>Something went to the reader that another model could not take up: a tool call, a refusal, a picture, a second choice.</summary>
    public void Other() => CanResume = false;

    /// <summary>The text so far, the inside of a JSON string as it was escaped upstream.</summary>
    public ReadOnlySpan<byte> Json => _json.WrittenSpan;

    /// <summary>The text so far.</summary>
    /// <exception cref="System.Text.Json.JsonException">It ends in half a character.</exception>
    public string Decode() => JsonText.Decode(_json.WrittenSpan);
}
