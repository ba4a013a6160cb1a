using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.Bedrock;

/// <summary>Reads Converse's usage into disjoint buckets.</summary>
/// <remarks>
/// inputTokens holds neither cache reads nor writes (Fixtures/recordings/bedrock/bedrock-converse-cache-usage-01.json: 12 + 1,028 + 185 are the total of
/// 1,225); should a model count otherwise, its own total shows it.
/// </remarks>
internal static class BedrockUsage
{
    public static TokenUsage Read(ReadOnlySpan<byte> usage)
    {
        long input = 0, output = 0, total = 0, read = 0, write = 0, write1h = 0;
        var members = new JsonMembers(usage);
        while (members.Next())
        {
            if (members.Is("inputTokens"u8))
            {
                input = members.Count;
            }
            else if (members.Is("outputTokens"u8))
            {
                output = members.Count;
            }
            else if (members.Is("totalTokens"u8))
            {
                total = members.Count;
            }
            else if (members.Is("cacheReadInputTokens"u8))
            {
                read = members.Count;
            }
            else if (members.Is("cacheWriteInputTokens"u8))
            {
                write = members.Count;
            }
            else if (members.Is("cacheDetails"u8))
            {
                write1h = WrittenForAnHour(members.Nested);
            }
        }

        if (read + write > 0 && total == input + output && input >= read + write)
        {
            input -= read + write;
        }

        write = Math.Max(write, write1h);
        return new() { Input = input, CacheRead = read, CacheWrite5m = write - write1h, CacheWrite1h = write1h, Output = output };
    }

    private static long WrittenForAnHour(ReadOnlySpan<byte> details)
    {
        var sum = 0L;
        var entries = new JsonObjects(details);
        while (entries.Next())
        {
            var isHour = false;
            var tokens = 0L;
            var members = new JsonMembers(entries.Value);
            while (members.Next())
            {
                isHour |= members.Is("ttl"u8) && members.Text.SequenceEqual("1h"u8);
                tokens = members.Is("inputTokens"u8) ? members.Count : tokens;
            }

            sum += isHour ? tokens : 0;
        }

        return sum;
    }
}
