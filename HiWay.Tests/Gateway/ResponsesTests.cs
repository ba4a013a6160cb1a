using System.Net;
using System.Text.Json.Nodes;
using HiWay.Tests.Dialects;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Gateway;

/// <summary>What a client of OpenAI's Responses API, and of its first completions API, meets beside the words themselves.</summary>
public sealed class ResponsesTests(ResponsesWorld world) : IClassFixture<ResponsesWorld>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ATestKey_AnswersOnResponses(bool stream)
    {
        var key = (await world.Host.Http.CreateKeyAsync(world.Account, new { name = "Test", test = true })).Secret;
        var body = ResponsesWorld.Body("auto", stream);
        body["tools"] = JsonNode.Parse("""[{"type":"function","name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}]""");
        body["tool_choice"] = "required";

        var words = await world.AskAsync(ResponsesWorld.Body("auto", stream), key);
        var calls = await world.AskAsync(body, key);

        Assert.NotEqual("", ExpectedResponses.Of(ResponsesWorld.Response(words)).Text);
        Assert.Equal("get_weather", Assert.Single(ExpectedResponses.Of(ResponsesWorld.Response(calls)).Calls).Name);
        Assert.Equal("required", (string?)ResponsesWorld.Response(calls)["tool_choice"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ATestKey_AnswersOnCompletions(bool stream)
    {
        var key = (await world.Host.Http.CreateKeyAsync(world.Account, new { name = "Test", test = true })).Secret;
        var reply = await world.CallAsync("/v1/completions", new
        {
            model = "auto", stream, prompt = "Say hello", echo = true, stream_options = stream ? new { include_usage = true } : null,
        }, key);

        var chunks = stream ? reply.Chunks.ToList() : [reply.Json];
        foreach (var chunk in chunks)
        {
            // The description knows the whole answer only; a stream's chunks say null until the end.
            Assert.Equal("text_completion", (string?)chunk["object"]);
        }

        if (!stream)
        {
            SchemaCheck.OpenAiResponses.Accepts("CreateCompletionResponse", reply.Json);
        }

        var text = string.Concat(chunks.SelectMany(chunk => chunk["choices"]!.AsArray()).Select(choice => (string?)choice!["text"]));
        Assert.StartsWith("Say hello", text, StringComparison.Ordinal);
        Assert.True(text.Length > "Say hello".Length);
        Assert.Equal("stop", chunks.SelectMany(chunk => chunk["choices"]!.AsArray()).Select(choice => (string?)choice!["finish_reason"]).OfType<string>().Single());
        Assert.True((int)chunks[^1]["usage"]!["total_tokens"]! > 0);
        Assert.NotNull(chunks[^1]["_hiway"]);
    }

    [Fact]
    public async Task Completions_AskAnyModel_AndSayWhatHasNoPlace()
    {
        world.Upstream.On("*", Reply.Chat("a continuation"));
        var before = world.Upstream.Requests.Count;

        var reply = await world.CallAsync("/v1/completions", new { model = "rec-openai/m1", prompt = new[] { "Once" }, max_tokens = 7, stop = "\n", suffix = "end", best_of = 3 });

        Assert.Equal("a continuation", (string?)reply.Json["choices"]![0]!["text"]);
        var sent = world.Upstream.Requests[before].Json;
        Assert.Equal("Once", (string?)sent["messages"]![0]!["content"]);
        Assert.Equal((7, "\n"), ((int)sent["max_tokens"]!, (string?)sent["stop"]![0]));
        Assert.Equal(["suffix", "best_of"], reply.HiWay!["dropped"]!.AsArray().Select(path => (string?)path));
    }

    [Theory]
    [InlineData("/v1/responses", """{"model":"rec-openai/m1"}""", "input")]
    [InlineData("/v1/responses", """{"input":"Hi"}""", "model")]
    [InlineData("/v1/responses", """{"model":"rec-openai/m1","input":5}""", "input")]
    [InlineData("/v1/responses", """{"model":"rec-openai/m1","input":[]}""", "input")]
    [InlineData("/v1/responses", """{"model":"rec-openai/m1","input":[5]}""", "input[0]")]
    [InlineData("/v1/responses", """{"model":"rec-openai/m1","input":[{"role":"bot","content":"x"}]}""", "input[0].role")]
    [InlineData("/v1/responses", """{"model":"rec-openai/m1","input":[{"role":"user","content":7}]}""", "input[0].content")]
    [InlineData("/v1/responses", """{"model":"rec-openai/m1","input":[{"role":"user","content":[{"type":"input_image"}]}]}""", "input[0].content[0].image_url")]
    [InlineData("/v1/responses", """{"model":"rec-openai/m1","input":[{"type":"function_call_output","output":"x"}]}""", "input[0].call_id")]
    [InlineData("/v1/responses", """{"model":"rec-openai/m1","input":"Hi","tools":[{"type":"function"}]}""", "tools[0].name")]
    [InlineData("/v1/responses", """{"model":"rec-openai/m1","input":"Hi","tool_choice":"maybe"}""", "tool_choice")]
    [InlineData("/v1/responses", """{"model":"rec-openai/m1","input":"Hi","text":{"format":{"type":"xml"}}}""", "text.format.type")]
    [InlineData("/v1/responses", """{"model":"rec-openai/m1","input":"Hi","text":{"format":{"type":"json_schema","name":"a"}}}""", "text.format.schema")]
    [InlineData("/v1/responses", """{"model":"rec-openai/m1","input":"Hi","reasoning":{"effort":"huge"}}""", "reasoning.effort")]
    [InlineData("/v1/responses", """{"model":"rec-openai/m1","input":"Hi","max_output_tokens":0}""", "max_output_tokens")]
    [InlineData("/v1/responses", """{"model":"rec-openai/m1","input":"Hi","background":true}""", "background")]
    [InlineData("/v1/responses", """{"model":"rec-openai/m1","input":"Hi","conversation":"conv_1"}""", "conversation")]
    [InlineData("/v1/responses", """{"model":"rec-openai/m1","input":"Hi","previous_response_id":"resp_of_somebody"}""", "previous_response_id")]
    [InlineData("/v1/responses", """{"model":"rec-openai/m1","input":"Hi","store":"yes"}""", "store")]
    [InlineData("/v1/responses", """{"model":"rec-openai/m1","input":"Hi","input":"Ho"}""", "input")]
    [InlineData("/v1/completions", """{"model":"rec-openai/m1"}""", "prompt")]
    [InlineData("/v1/completions", """{"model":"rec-openai/m1","prompt":["a","b"]}""", "prompt")]
    [InlineData("/v1/completions", """{"model":"rec-openai/m1","prompt":[1,2]}""", "prompt")]
    public async Task ABadBody_IsRefusedWithTheFieldAtFault(string path, string body, string field)
    {
        world.Upstream.On("*", Reply.Chat("never"));
        var before = world.Upstream.Requests.Count;

        var reply = await world.CallAsync(path, body);

        Assert.True(reply.Status == HttpStatusCode.BadRequest, reply.Body);
        Assert.Equal(field, (string?)reply.Json["error"]!["param"]);
        Assert.Equal(before, world.Upstream.Requests.Count);
    }

    [Theory]
    [InlineData("rec-openai/m1")]
    [InlineData(ResponsesWorld.Both)]
    public async Task AStreamThatBreaksOff_EndsInTheDialectsErrorEvent(string model)
    {
        var translated = model != ResponsesWorld.Both;
        world.Upstream.On("*", (translated
            ? Reply.Sse("""{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":"Half"},"finish_reason":null}]}""")
            : Reply.SseRaw(
                "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"resp_1\",\"status\":\"in_progress\",\"output\":[]}}\n\n",
                "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":1,\"output_index\":0,\"content_index\":0,\"item_id\":\"m\",\"delta\":\"Half\",\"logprobs\":[]}\n\n")) with
        { End = ReplyEnd.AbortAfterChunks });

        var reply = await world.AskAsync(ResponsesWorld.Body(model, stream: true));

        var error = reply.Chunks.Single(one => (string?)one["type"] == "error");
        SchemaCheck.OpenAiResponses.Accepts("ResponseErrorEvent", error);
        Assert.Equal("upstream_unavailable", (string?)error["code"]);
        Assert.Contains("event: error\n", reply.Body, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(0, reply.Events.Count), reply.Chunks.Select(one => (int)one["sequence_number"]!));
        if (translated)
        {
            Assert.Equal("response.failed", (string?)reply.Json["type"]);
        }

        Assert.DoesNotContain("response.completed", reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheAnswerRepeatsWhatWasAsked()
    {
        world.Upstream.On("*", Reply.Chat("Hello"));
        var body = ResponsesWorld.Body("rec-openai/m1");
        body["instructions"] = "Be brief.";
        body["metadata"] = new JsonObject { ["trace"] = "t1" };
        body["max_output_tokens"] = 50;
        body["temperature"] = 0.2;
        body["text"] = JsonNode.Parse("""{"format":{"type":"json_schema","name":"a","schema":{"type":"object"},"strict":true}}""");
        body["tools"] = JsonNode.Parse("""[{"type":"file_search","vector_store_ids":["v"]}]""");
        body["include"] = new JsonArray("file_search_call.results");
        var before = world.Upstream.Requests.Count;

        var reply = await world.AskAsync(body);

        foreach (var name in (string[])["instructions", "metadata", "max_output_tokens", "temperature", "text"])
        {
            Assert.True(JsonNode.DeepEquals(body[name], reply.Json[name]), name);
        }

        Assert.Equal(["include[0]", "tools[0]"], reply.HiWay!["dropped"]!.AsArray().Select(path => (string?)path));
        var sent = world.Upstream.Requests[before].Json;
        Assert.Equal(["system", "user"], sent["messages"]!.AsArray().Select(message => (string?)message!["role"]));
        Assert.Equal("json_schema", (string?)sent["response_format"]!["type"]);
        Assert.Null(sent["metadata"]);
        Assert.StartsWith("resp_hw", (string?)reply.Json["id"], StringComparison.Ordinal);
    }
}
