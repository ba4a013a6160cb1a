using System.Text.Json.Nodes;
using HiWay.Domain.Privacy;

namespace HiWay.Web.Gateway.Shield;

/// <summary>
/// What happens to the texts of one stream on their way to the client: secrets are looked for, masked values put back. Texts are told
/// apart by where they stand (choice, block, tool call), and each may have a tail held back that the next piece decides on.
/// </summary>
internal sealed class AnswerFilter(MaskedValues? masked, bool blocksSecrets)
{
    private readonly Dictionary<string, Channel> _channels = new(StringComparer.Ordinal);

    /// <summary>An answer that gives a secret away is stopped.</summary>
    public bool BlocksSecrets => blocksSecrets;

    /// <summary>Secrets that a text was about to give away; then nothing more may go out.</summary>
    public List<PiiFinding>? Leak { get; private set; }

    /// <summary>SHA-256 of the text in which they were seen.</summary>
    public string LeakSha256 { get; private set; } = "";

    private sealed class Channel(bool inJson, SecretWatch? watch)
    {
        public bool InJson { get; } = inJson;

        public SecretWatch? Watch { get; } = watch;

        public string Held { get; set; } = "";

        /// <summary>The last event of this text, for a last piece when what was held back turns out to be plain text.</summary>
        public required (string? Name, JsonObject Event, StreamText Place) Last { get; set; }
    }

    /// <summary>Takes a piece of a text; what may go out takes its place in the event.</summary>
    /// <param name="name">The event's SSE name.</param>
    public void Push(string? name, JsonObject json, StreamText text, bool final)
    {
        if (text.IsWhole)
        {
            text.Set(Whole(text));
            return;
        }

        if (!_channels.TryGetValue(text.Channel, out var channel))
        {
            _channels[text.Channel] = channel = new(text.InJson, blocksSecrets ? new SecretWatch(text.InJson) : null) { Last = (name, json, text) };
        }

        channel.Last = (name, json, text);
        text.Set(Pass(channel, text.Value, final));
    }

    /// <summary>The events that bring what is still held back of the texts at a place.</summary>
    /// <param name="place">As <see cref="StreamTexts.Ended"/> gives it.</param>
    /// <param name="but">Texts that go on in the event at hand, which brings their rest itself.</param>
    public IEnumerable<(string? Name, JsonObject Event)> Flush(string place, IReadOnlyList<StreamText>? but = null)
    {
        foreach (var key in _channels.Keys.Where(key => StreamTexts.IsAt(key, place) && but?.Any(text => text.Channel == key) is not true).ToArray())
        {
            var channel = _channels[key];
            var rest = Pass(channel, "", final: true);
            if (rest.Length == 0 || Leak is not null)
            {
                continue;
            }

            var (name, last, said) = channel.Last;
            var copy = (JsonObject)last.DeepClone();
            foreach (var other in StreamTexts.Of(copy))
            {
                other.Set(other.Channel == said.Channel ? rest : "");
            }

            StreamTexts.RemoveTokens(copy);
            yield return (name, copy);
        }
    }

    /// <summary>Takes what is held back and may be a part of a secret for itself: the answer broke off, so nobody can tell any more.</summary>
    public void Break()
    {
        foreach (var channel in _channels.Values)
        {
            channel.Watch?.Forget();
        }
    }

    /// <summary>A text that is whole: nothing is held back.</summary>
    /// <returns>Empty when it gives a secret away.</returns>
    public string Whole(StreamText text)
    {
        if (Leak is null && blocksSecrets && text.Value.Length >= AnswerTexts.ShortestSecret && !text.IsStructural)
        {
            var watch = new SecretWatch(text.InJson);
            watch.Push(text.Value, final: true);
            (Leak, LeakSha256) = (watch.Found, watch.FoundSha256);
        }

        return Leak is not null ? "" : masked is null ? text.Value : masked.Restore(text.Value, final: true, text.InJson).Out;
    }

    private string Pass(Channel channel, string piece, bool final)
    {
        if (Leak is not null)
        {
            return "";
        }

        if (channel.Watch is { } watch)
        {
            piece = watch.Push(piece, final);
            if (watch.Found is { } found)
            {
                Leak = found;
                LeakSha256 = watch.FoundSha256;
                return "";
            }
        }

        if (masked is null)
        {
            return piece;
        }

        var (ready, held) = masked.Restore(channel.Held + piece, final, channel.InJson);
        channel.Held = held;
        return ready;
    }
}
