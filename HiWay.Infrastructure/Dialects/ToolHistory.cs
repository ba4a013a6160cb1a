using HiWay.Infrastructure.Dialects.Inner;

namespace HiWay.Infrastructure.Dialects;

/// <summary>
/// Makes a history of tools one that every API takes. Anthropic, OpenAI, Bedrock and Gemini refuse a call without its result right behind it, a result
/// without its call, two results of one call and an id that stands for two; histories of agents, cut, interleaved or replayed, hold all of these.
/// Nothing that was said is lost: a result moves behind its call, and becomes words of the user where its call is gone.
/// </summary>
public static class ToolHistory
{
    /// <summary>The result of a call that was never answered: the agent was stopped, or the user went on.</summary>
    internal const string NoResult = "(The tool gave no result.)";

    private const string Orphan = "Result of a tool that was called earlier:";

    /// <returns>The same request where nothing had to be mended.</returns>
    public static ChatRequest Fit(ChatRequest request)
    {
        var read = new Reading();
        for (var i = 0; i < request.Messages.Count; i++)
        {
            read.Take(i, request.Messages[i]);
        }

        read.FindCallsBehind();
        return read.IsSound(request.Messages) ? request : Mended(request, read);
    }

    private static ChatRequest Mended(ChatRequest request, Reading read)
    {
        var mended = new MendedMessages(request);
        var next = 0;
        for (var i = 0; i < request.Messages.Count; i++)
        {
            var message = request.Messages[i];
            if (message.Parts is [ToolResultPart result])
            {
                // All others are told behind their calls; what was told word for word before is not told again.
                if (read.Loose.TryGetValue(i, out var before) && !(before is { } at && Same(ResultAt(request.Messages, at), result)))
                {
                    mended.AddWords(i, [new TextPart(Orphan), .. Turns.Told(result)]);
                }

                continue;
            }

            var first = next;
            while (next < read.Calls.Count && read.Calls[next].Message == i)
            {
                next++;
            }

            var own = read.Calls.GetRange(first, next - first);
            mended.Add(i, own.TrueForAll(call => call.IsFirst) ? message : Renamed(message, own, read));
            foreach (var call in own)
            {
                ChatPart said = call.Answer is { } at ? ResultAt(request.Messages, at) with { CallId = call.Id } : new ToolResultPart(call.Id, [new TextPart(NoResult)]);
                mended.Add(call.Answer ?? i, new(ChatRole.Tool, [said]));
            }
        }

        return mended.ToRequest();
    }

    /// <summary>The message with ids of its own for calls whose ids stand for earlier ones already.</summary>
    private static ChatMessage Renamed(ChatMessage message, List<Call> own, Reading read)
    {
        var at = 0;
        return message with
        {
            Parts =
            [
                .. message.Parts.Select(part =>
                {
                    if (part is not ToolCallPart call)
                    {
                        return part;
                    }

                    var known = own[at++];
                    known.Id = known.IsFirst ? call.Id : read.NewId(call.Id);
                    return call with { Id = known.Id };
                }),
            ],
        };
    }

    private static ToolResultPart ResultAt(IReadOnlyList<ChatMessage> messages, int at) => (ToolResultPart)messages[at].Parts[0];

    private static bool Same(ToolResultPart told, ToolResultPart again) => told.IsError == again.IsError && told.Parts.SequenceEqual(again.Parts);

    private sealed class Call(int message, string id, bool isFirst)
    {
        /// <summary>The message that holds it.</summary>
        public int Message { get; } = message;

        public string Id { get; set; } = id;

        /// <summary>No call before it has the same id.</summary>
        public bool IsFirst { get; } = isFirst;

        /// <summary>The message that holds its result; null for none.</summary>
        public int? Answer { get; set; }
    }

    /// <summary>Which result belongs to which call. Every look-up is one of a table: a body may hold a hundred thousand calls.</summary>
    private sealed class Reading
    {
        private readonly Dictionary<string, Queue<Call>> _waiting = new(StringComparer.Ordinal);
        private readonly Dictionary<string, int> _told = new(StringComparer.Ordinal);
        private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
        private readonly List<(int At, string Id)> _orphans = [];

        /// <summary>All calls in their order.</summary>
        public List<Call> Calls { get; } = [];

        /// <summary>Messages with results of no call of their own, and which message told the result of that id before; null for none.</summary>
        public Dictionary<int, int?> Loose { get; } = [];

        public void Take(int at, ChatMessage message)
        {
            foreach (var part in message.Parts)
            {
                if (part is ToolCallPart call)
                {
                    var asked = new Call(at, call.Id, !_waiting.ContainsKey(call.Id));
                    Calls.Add(asked);
                    if (asked.IsFirst)
                    {
                        _waiting[call.Id] = new();
                    }

                    _waiting[call.Id].Enqueue(asked);
                }
                else if (part is ToolResultPart result)
                {
                    TakeResult(at, result.CallId);
                }
            }
        }

        /// <summary>Some clients tell results before the calls.</summary>
        public void FindCallsBehind()
        {
            foreach (var (at, id) in _orphans)
            {
                if (_waiting.TryGetValue(id, out var calls) && calls.TryDequeue(out var later))
                {
                    later.Answer = at;
                    Loose.Remove(at);
                }
            }
        }

        /// <summary>Every call has an id and a result of its own, and nothing but results stands between the two.</summary>
        public bool IsSound(IReadOnlyList<ChatMessage> messages)
        {
            if (Loose.Count > 0)
            {
                return false;
            }

            var (from, to) = (-1, -1);      // the results right behind the message of the last call that was looked at
            foreach (var call in Calls)
            {
                if (call.Message != from)
                {
                    (from, to) = (call.Message, call.Message + 1);
                    while (to < messages.Count && messages[to].Role is ChatRole.Tool)
                    {
                        to++;
                    }
                }

                if (!call.IsFirst || call.Answer is not { } answer || answer <= from || answer >= to)
                {
                    return false;
                }
            }

            return true;
        }

        public string NewId(string id)
        {
            var stem = id.Length == 0 ? "call" : id;
            var number = _numbers.GetValueOrDefault(id, 1);
            string made;
            do
            {
                made = $"{stem}_{++number}";
            }
            while (!_waiting.TryAdd(made, new()));

            _numbers[id] = number;
            return made;
        }

        private void TakeResult(int at, string id)
        {
            if (_waiting.TryGetValue(id, out var calls) && calls.TryDequeue(out var asked))
            {
                asked.Answer = at;
                _told[id] = at;
            }
            else if (_told.TryGetValue(id, out var before))
            {
                Loose[at] = before;
            }
            else
            {
                Loose[at] = null;
                _orphans.Add((at, id));
            }
        }
    }

    /// <summary>The messages in their new order, and where each stands in the client's body.</summary>
    private sealed class MendedMessages(ChatRequest request)
    {
        private readonly ILookup<string, KeyValuePair<string, string>> _known = request.Paths.ToLookup(path => MessageOf(path.Key), StringComparer.Ordinal);
        private readonly List<ChatMessage> _messages = [];
        private readonly List<KeyValuePair<string, string>> _paths = [];

        /// <param name="from">Its place before.</param>
        public void Add(int from, ChatMessage message)
        {
            var (before, after) = ($"messages[{from}]", $"messages[{_messages.Count}]");
            _messages.Add(message);
            var whole = false;
            foreach (var (inner, clients) in _known[before])
            {
                _paths.Add(new(after + inner[before.Length..], clients));
                whole |= inner.Length == before.Length;
            }

            if (!whole)
            {
                _paths.Add(new(after, before));
            }
        }

        /// <summary>Words in place of a result; a line of HiWay's own comes first.</summary>
        public void AddWords(int from, IReadOnlyList<ChatPart> parts)
        {
            for (var i = 1; i < parts.Count; i++)
            {
                _paths.Add(new($"messages[{_messages.Count}].content[{i}]", ClientsPath($"messages[{from}]", $".content[{i - 1}]")));
            }

            Add(from, new(ChatRole.User, parts));
        }

        public ChatRequest ToRequest() => request with { Messages = _messages, Paths = [.. _paths, .. _known[""]] };

        private string ClientsPath(string message, string rest)
        {
            foreach (var (inner, clients) in _known[message])
            {
                if ((message + rest).StartsWith(inner, StringComparison.Ordinal))
                {
                    return clients + (message + rest)[inner.Length..];
                }
            }

            return message + rest;
        }

        /// <summary><c>messages[3]</c> of <c>messages[3].content</c>; empty for paths of no message.</summary>
        private static string MessageOf(string path) =>
            path.StartsWith("messages[", StringComparison.Ordinal) && path.IndexOf(']', StringComparison.Ordinal) is > 0 and var end ? path[..(end + 1)] : "";
    }
}
