using System.Text;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects.OpenAiChat;

namespace HiWay.Tests.Dialects;

public sealed class OpenAiUsageTests
{
    [Theory]
    // OpenAI: cached and reasoning tokens are inside.
    [InlineData("""{"prompt_tokens":1149,"completion_tokens":261,"total_tokens":1410,"prompt_tokens_details":{"cached_tokens":1024,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":192}}""", 125, 1024, 0, 69, 192)]
    // xAI: reasoning stands beside completion_tokens; the total gives it away.
    [InlineData("""{"prompt_tokens":468,"completion_tokens":77,"total_tokens":1127,"prompt_tokens_details":{"cached_tokens":467},"completion_tokens_details":{"reasoning_tokens":582}}""", 1, 467, 0, 77, 582)]
    // Gemini's compatible endpoint: the total holds thinking that nothing names.
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"total_tokens":40}""", 10, 0, 0, 5, 25)]
    // More reasoning than completion can only stand beside it, whatever the total says.
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":9}}""", 10, 0, 0, 5, 9)]
    // DeepSeek names both halves; Together and Moonshot put the count at the top; Mistral has a word of its own.
    [InlineData("""{"prompt_tokens":343,"completion_tokens":58,"total_tokens":401,"prompt_cache_hit_tokens":256,"prompt_cache_miss_tokens":87}""", 87, 256, 0, 58, 0)]
    [InlineData("""{"prompt_tokens":41,"completion_tokens":15,"total_tokens":56,"cached_tokens":40}""", 1, 40, 0, 15, 0)]
    [InlineData("""{"prompt_tokens":41,"completion_tokens":15,"total_tokens":56,"num_cached_tokens":16}""", 25, 16, 0, 15, 0)]
    // OpenRouter tells what was written to the cache.
    [InlineData("""{"prompt_tokens":100,"completion_tokens":1,"total_tokens":101,"prompt_tokens_details":{"cached_tokens":20,"cache_write_tokens":30}}""", 50, 20, 30, 1, 0)]
    // The newer names.
    [InlineData("""{"input_tokens":12,"output_tokens":9,"total_tokens":21,"input_tokens_details":{"cached_tokens":2},"output_tokens_details":{"reasoning_tokens":4}}""", 10, 2, 0, 5, 4)]
    // Azure has been seen to count more cached tokens than prompt tokens; the sum stays what is billed.
    [InlineData("""{"prompt_tokens":202,"completion_tokens":15,"total_tokens":217,"prompt_tokens_details":{"cached_tokens":314}}""", 0, 202, 0, 15, 0)]
    // Details may be null, counts may have a point, and nonsense counts as nothing.
    [InlineData("""{"prompt_tokens":12.0,"completion_tokens":3,"prompt_tokens_details":null,"completion_tokens_details":null,"total_tokens":"15"}""", 12, 0, 0, 3, 0)]
    [InlineData("""{"prompt_tokens":12,"completion_tokens":-3}""", 12, 0, 0, 0, 0)]
    public void Buckets_AreDisjoint(string usage, long input, long cacheRead, long cacheWrite, long output, long reasoning)
    {
        var expected = new TokenUsage { Input = input, CacheRead = cacheRead, CacheWrite5m = cacheWrite, Output = output, Reasoning = reasoning };
        Assert.Equal(expected, OpenAiUsage.Read(Encoding.UTF8.GetBytes(usage)));
    }

    [Fact]
    public void AudioAndImageTokens_AreTakenOutOfTheirWhole()
    {
        var usage = OpenAiUsage.Read("""{"prompt_tokens":50,"completion_tokens":30,"prompt_tokens_details":{"audio_tokens":10,"image_tokens":5},"completion_tokens_details":{"audio_tokens":20}}"""u8);
        Assert.Equal(new TokenUsage { Input = 35, AudioInput = 10, ImageInput = 5, Output = 10, AudioOutput = 20 }, usage);
    }

    [Theory]
    [InlineData("""{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":1}}""")]
    [InlineData("""{"choices":[{"delta":{"content":"the \"usage\" of {"}}],"usage":{"prompt_tokens":5,"completion_tokens":1}}""")]
    [InlineData("""{"x_groq":{"id":"r","usage":{"prompt_tokens":5,"completion_tokens":1}},"choices":[]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{},"usage":{"prompt_tokens":5,"completion_tokens":1}}]}""")]
    [InlineData("""{"usage":{"prompt_tokens":5,"completion_tokens":1},"x_groq":{"usage":{"prompt_tokens":99,"completion_tokens":99}}}""")]
    public void UsageIsFound_WhereverTheProviderPutsIt(string chunk)
    {
        Assert.True(OpenAiUsage.TryFind(Encoding.UTF8.GetBytes(chunk), out var usage));
        Assert.Equal((5, 1), (usage.TotalInput, usage.TotalOutput));
    }

    [Theory]
    [InlineData("""{"choices":[{"delta":{"content":"hi"}}]}""")]
    [InlineData("""{"choices":[{"delta":{"content":"hi"}}],"usage":null}""")]
    [InlineData("""{"choices":[{"delta":{"content":"hi","usage":{"prompt_tokens":5}}}]}""")]
    [InlineData("""{"usage":{}}""")]
    [InlineData("""[{"usage":{"prompt_tokens":5}}]""")]
    public void WithoutUsage_NothingIsFound(string chunk) => Assert.False(OpenAiUsage.TryFind(Encoding.UTF8.GetBytes(chunk), out _));

    [Fact]
    public void Finding_AllocatesNothing()
    {
        var chunk = """{"id":"x","choices":[{"index":0,"delta":{}}],"usage":{"prompt_tokens":5,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":2}}}"""u8;
        OpenAiUsage.TryFind(chunk, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        OpenAiUsage.TryFind(chunk, out _);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
