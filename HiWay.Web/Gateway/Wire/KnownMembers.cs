using System.Text.Json;

namespace HiWay.Web.Gateway.Wire;

/// <summary>Top-level members of a chat body that HiWay decides on.</summary>
[Flags]
internal enum KnownMembers
{
    None = 0,
    Model = 1,
    Stream = 2,
    StreamOptions = 4,
    Messages = 8,
    Tools = 16,
    ToolChoice = 32,
    ResponseFormat = 64,
    MaxTokens = 128,
    MaxCompletionTokens = 256,
    N = 512,
    ReasoningEffort = 1024,
    User = 2048,
    HiWay = 4096,
    Cache = 8192,
    ServiceTier = 16384,
}

internal static class KnownMembersTable
{
    /// <summary>Which member the reader stands on; <see cref="KnownMembers.None"/> for those that are only passed on.</summary>
    public static (KnownMembers Member, string Name) Read(ref Utf8JsonReader json)
    {
        // The escaped spelling of a name ("m\u006fdel") means the same member, so ValueTextEquals, which unescapes, decides.
        if (json.ValueTextEquals("model"u8))
        {
            return (KnownMembers.Model, "model");
        }

        if (json.ValueTextEquals("messages"u8))
        {
            return (KnownMembers.Messages, "messages");
        }

        if (json.ValueTextEquals("stream"u8))
        {
            return (KnownMembers.Stream, "stream");
        }

        if (json.ValueTextEquals("stream_options"u8))
        {
            return (KnownMembers.StreamOptions, "stream_options");
        }

        if (json.ValueTextEquals("tools"u8))
        {
            return (KnownMembers.Tools, "tools");
        }

        if (json.ValueTextEquals("tool_choice"u8))
        {
            return (KnownMembers.ToolChoice, "tool_choice");
        }

        if (json.ValueTextEquals("response_format"u8))
        {
            return (KnownMembers.ResponseFormat, "response_format");
        }

        if (json.ValueTextEquals("max_tokens"u8))
        {
            return (KnownMembers.MaxTokens, "max_tokens");
        }

        if (json.ValueTextEquals("max_completion_tokens"u8))
        {
            return (KnownMembers.MaxCompletionTokens, "max_completion_tokens");
        }

        if (json.ValueTextEquals("n"u8))
        {
            return (KnownMembers.N, "n");
        }

        if (json.ValueTextEquals("reasoning_effort"u8))
        {
            return (KnownMembers.ReasoningEffort, "reasoning_effort");
        }

        if (json.ValueTextEquals("user"u8))
        {
            return (KnownMembers.User, "user");
        }

        if (json.ValueTextEquals("hiway"u8))
        {
            return (KnownMembers.HiWay, "hiway");
        }

        if (json.ValueTextEquals("service_tier"u8))
        {
            return (KnownMembers.ServiceTier, "service_tier");
        }

        return json.ValueTextEquals("cache"u8) ? (KnownMembers.Cache, "cache") : (KnownMembers.None, "");
    }
}
