using System.Text;
using System.Text.Json;

namespace HiWay.Bench;

/// <summary>The bytes that are sent: a chat with some history, as applications send it.</summary>
internal static class Requests
{
    /// <summary>Stands in every prompt for a number that a load may count up in place.</summary>
    public const string Number = "000000000000";

    public static byte[] Http(Traffic traffic, int port, string path, string key, string? user = null)
    {
        var body = Body(traffic);
        var head = $"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nUser-Agent: bench\r\nAccept: */*\r\n{(user is null ? "" : $"X-HiWay-User: {user}\r\n")}Content-Length: {body.Length}\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }

    private static byte[] Body(Traffic traffic)
    {
        var bytes = traffic is Traffic.Large ? 32 * 1024 : 2 * 1024;
        const string sentence = "Please look at the second paragraph and tell me which of its three arguments is the weakest. ";
        var history = new List<object> { new { role = "system", content = "You are a helpful assistant that answers briefly." } };
        for (var size = 250; size < bytes - 200; size += 500)
        {
            history.Add(new { role = history.Count % 2 == 1 ? "user" : "assistant", content = string.Concat(Enumerable.Repeat(sentence, 5)) });
        }

        history.Add(new { role = "user", content = traffic switch { Traffic.Stream or Traffic.Translated => "#stream", Traffic.Hold => "#hold", _ => "#json" } + " " + sentence + "It is question " + Number + "." });
        return JsonSerializer.SerializeToUtf8Bytes(new { model = traffic is Traffic.Translated ? "other/m1" : "bench/m1", temperature = 0.2, stream = traffic is Traffic.Stream or Traffic.Hold or Traffic.Translated, messages = history });
    }
}
