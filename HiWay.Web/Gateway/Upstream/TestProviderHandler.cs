using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>Answers calls in OpenAI's dialect, deterministically: chat (text, tool calls, structured output, usage), embeddings, pictures.</summary>
internal sealed class TestProviderHandler : HttpMessageHandler
{
    private const long Created = 1_767_225_600; // 2026-01-01, so that answers are equal byte for byte

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var bytes = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
        var path = request.RequestUri!.AbsolutePath;
        var body = request.Content.Headers.ContentType?.MediaType == "multipart/form-data" ? [] : JsonNode.Parse(bytes)!.AsObject();
        if (path.EndsWith("/embeddings", StringComparison.Ordinal))
        {
            return Json(TestOperations.Embeddings(body));
        }

        if (path.Contains("/images/", StringComparison.Ordinal))
        {
            var images = TestOperations.Images(body, Created);
            return body["stream"] is JsonValue streamed && streamed.TryGetValue<bool>(out var wanted) && wanted
                ? Answer(Encoding.UTF8.GetBytes(TestOperations.ImageEvents(images, path.EndsWith("/edits", StringComparison.Ordinal) ? "image_edit" : "image_generation")), "text/event-stream")
                : Json(images);
        }

        var answer = TestAnswer.To(body);
        var stream = body["stream"] is JsonValue flag && flag.TryGetValue<bool>(out var on) && on;
        return stream ? Answer(Stream(answer), "text/event-stream") : Json(Whole(answer));
    }

    private static HttpResponseMessage Json(JsonObject answer) => Answer(Encoding.UTF8.GetBytes(answer.ToJsonString(GatewayJson.Serialized)), "application/json");

    private static HttpResponseMessage Answer(byte[] bytes, string type) => new(HttpStatusCode.OK)
    {
        Content = new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue(type) } },
    };

    private static JsonObject Whole(TestAnswer answer)
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = answer.ToolCalls.Count > 0 ? null : answer.Text, ["refusal"] = null };
        if (answer.ToolCalls.Count > 0)
        {
            message["tool_calls"] = new JsonArray([.. answer.ToolCalls.Select(call => ToolCall(call, index: null))]);
        }

        return new JsonObject
        {
            ["id"] = answer.Id,
            ["object"] = "chat.completion",
            ["created"] = Created,
            ["model"] = answer.Model,
            ["choices"] = new JsonArray(new JsonObject
            {
                ["index"] = 0,
                ["message"] = message,
                ["logprobs"] = null,
                ["finish_reason"] = answer.FinishReason,
            }),
            ["usage"] = Usage(answer),
        };
    }

    private static byte[] Stream(TestAnswer answer)
    {
        var text = new StringBuilder();
        Chunk(new JsonObject { ["role"] = "assistant", ["content"] = "" }, null);
        if (answer.ToolCalls.Count > 0)
        {
            for (var i = 0; i < answer.ToolCalls.Count; i++)
            {
                var call = answer.ToolCalls[i];
                Chunk(new JsonObject { ["tool_calls"] = new JsonArray(ToolCall(call with { Arguments = "" }, i)) }, null);
                foreach (var piece in Pieces(call.Arguments))
                {
                    Chunk(new JsonObject
                    {
                        ["tool_calls"] = new JsonArray(new JsonObject { ["index"] = i, ["function"] = new JsonObject { ["arguments"] = piece } }),
                    }, null);
                }
            }
        }
        else
        {
            foreach (var piece in Pieces(answer.Text))
            {
                Chunk(new JsonObject { ["content"] = piece }, null);
            }
        }

        Chunk([], answer.FinishReason);
        text.Append("data: ").Append(new JsonObject
        {
            ["id"] = answer.Id,
            ["object"] = "chat.completion.chunk",
            ["created"] = Created,
            ["model"] = answer.Model,
            ["choices"] = new JsonArray(),
            ["usage"] = Usage(answer),
        }.ToJsonString(GatewayJson.Serialized)).Append("\n\ndata: [DONE]\n\n");
        return Encoding.UTF8.GetBytes(text.ToString());

        void Chunk(JsonObject delta, string? finish) => text.Append("data: ").Append(new JsonObject
        {
            ["id"] = answer.Id,
            ["object"] = "chat.completion.chunk",
            ["created"] = Created,
            ["model"] = answer.Model,
            ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = delta, ["logprobs"] = null, ["finish_reason"] = finish }),
        }.ToJsonString(GatewayJson.Serialized)).Append("\n\n");
    }

    private static JsonObject ToolCall(TestToolCall call, int? index)
    {
        var node = new JsonObject
        {
            ["id"] = call.Id,
            ["type"] = "function",
            ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = call.Arguments },
        };
        if (index is { } known)
        {
            node.Insert(0, "index", known);
        }

        return node;
    }

    private static JsonObject Usage(TestAnswer answer) => new()
    {
        ["prompt_tokens"] = answer.PromptTokens,
        ["completion_tokens"] = answer.CompletionTokens,
        ["total_tokens"] = answer.PromptTokens + answer.CompletionTokens,
    };

    /// <summary>Cuts text behind its spaces, so that a stream has a chunk a word.</summary>
    private static IEnumerable<string> Pieces(string text)
    {
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == ' ')
            {
                yield return text[start..(i + 1)];
                start = i + 1;
            }
        }

        if (start < text.Length)
        {
            yield return text[start..];
        }
    }
}
