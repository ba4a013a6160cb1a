using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using HiWay.Tests.Dialects;
using HiWay.Web.Gateway.Clients;
using HiWay.Web.Gateway.Shield;

namespace HiWay.Tests.Fuzz;

/// <summary>What holds of every stream that leaves HiWay: whole events, in the dialect's order, and its terminator exactly when the answer is whole.</summary>
internal static partial class ClientStream
{
    /// <param name="ordered">The events are HiWay's own, so their order and types must be right too.</param>
    public static void Check(IClientDialect client, ReadOnlySpan<byte> bytes, bool complete, bool ordered)
    {
        // Half a surrogate pair may pass, because some upstreams escape the halves in two chunks; the parser here would stumble over it.
        var stream = AnswerJson.Mended(Encoding.UTF8.GetString(bytes));
        if (client == ClientDialects.AnthropicMessages)
        {
            CheckMessage(stream, complete, ordered);
            return;
        }

        var events = new List<JsonElement>();
        var done = false;
        foreach (var block in stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var data = string.Join('\n', block.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => line[6..]));
            if (data == "[DONE]")
            {
                done = true;
            }
            else if (data.Length > 0)
            {
                Assert.False(done, "Nothing follows [DONE].");
                events.Add(JsonElement.Parse(data, new() { MaxDepth = 512 }));
            }
        }

        if (client == ClientDialects.OpenAiResponses)
        {
            CheckResponse(events, complete, ordered);
        }
        else
        {
            Assert.Equal(complete, done);
        }
    }

    [GeneratedRegex("\"type\"\\s*:\\s*\"message_stop\"")]
    private static partial Regex Terminator();

    private static void CheckMessage(string stream, bool complete, bool ordered)
    {
        var error = stream.StartsWith("event: error\n", StringComparison.Ordinal) ? 0 : stream.LastIndexOf("\nevent: error\n", StringComparison.Ordinal);
        Assert.Equal(!complete, error >= 0);
        if (ordered)
        {
            AnthropicMessage.Read(complete ? stream : stream[..error], out var whole);
            Assert.Equal(complete, whole);
        }
        else
        {
            Assert.Equal(complete, Terminator().IsMatch(stream));
        }
    }

    private static void CheckResponse(List<JsonElement> events, bool complete, bool ordered)
    {
        var last = events[^1].GetProperty("type").GetString();
        Assert.Equal(complete, last is "response.completed" or "response.incomplete");
        if (!complete)
        {
            Assert.Equal("response.failed", last);
        }

        if (ordered)
        {
            Assert.Equal("response.created", events[0].GetProperty("type").GetString());
            Assert.Equal(Enumerable.Range(0, events.Count), events.Select(one => one.GetProperty("sequence_number").GetInt32()));
        }
    }
}
