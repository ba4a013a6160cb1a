using HiWay.Infrastructure.Dialects.Inner;

namespace HiWay.Infrastructure.Dialects.AnthropicMessages;

/// <summary>How much one call thinks, in the words of the model's generation; nothing set says nothing to the API.</summary>
internal readonly record struct AnthropicThinking
{
    /// <summary>The API's least budget.</summary>
    private const int MinBudgetTokens = 1024;

    /// <summary>For models that think as much as needed: how hard.</summary>
    public string? Effort { get; private init; }

    /// <summary>For older models: how many tokens; 0 for none.</summary>
    public int BudgetTokens { get; private init; }

    /// <summary>The caller wants no thinking.</summary>
    public bool Off { get; private init; }

    public bool Thinks => Effort is not null || BudgetTokens > 0;

    /// <summary>
    /// Turns OpenAI's effort or a stated budget into what this generation takes. Thinking gives way where the API forbids it: beside
    /// a forced tool, below the least budget, and in a tool loop whose thinking was not sent back.
    /// </summary>
    public static AnthropicThinking Decide(ChatRequest request, AnthropicModel model, int maxTokens, ICollection<string> dropped)
    {
        if (request.Reasoning is not { } reasoning)
        {
            return default;
        }

        if (reasoning.Effort == "none" || reasoning is { BudgetTokens: 0 })
        {
            return new() { Off = true };
        }

        if (request.ToolChoice?.Kind is ToolChoiceKind.Required or ToolChoiceKind.Function)
        {
            dropped.Add("reasoning_effort");
            return default;
        }

        if (model.Adaptive)
        {
            return new()
            {
                Effort = reasoning.Effort switch
                {
                    "minimal" => "low",
                    "xhigh" => model.HasExtraHigh ? "xhigh" : "max",
                    null => EffortOf(reasoning.BudgetTokens ?? 0),
                    { } effort => effort,
                },
            };
        }

        // The answer needs room of its own inside max_tokens.
        var budget = Math.Min(reasoning.BudgetTokens ?? BudgetOf(reasoning.Effort), maxTokens - Math.Max(256, maxTokens / 5));
        if (budget < MinBudgetTokens && maxTokens > MinBudgetTokens)
        {
            budget = MinBudgetTokens;
        }

        if (budget < MinBudgetTokens || IsToolLoopWithoutThinking(request))
        {
            dropped.Add("reasoning_effort");
            return default;
        }

        return new() { BudgetTokens = budget };
    }

    /// <summary>The budgets that Google documents for the same words; there is no better common measure.</summary>
    private static int BudgetOf(string? effort) => effort switch
    {
        "minimal" or "low" => 1024,
        "medium" => 8192,
        "high" => 24_576,
        _ => 32_768,
    };

    private static string EffortOf(int budgetTokens) => budgetTokens switch
    {
        <= 2048 => "low",
        <= 10_000 => "medium",
        _ => "high",
    };

    /// <summary>While results of tools are being handed in, the turn that called them must begin with its signed thinking.</summary>
    private static bool IsToolLoopWithoutThinking(ChatRequest request)
    {
        for (var i = request.Messages.Count - 1; i >= 0; i--)
        {
            var message = request.Messages[i];
            if (message.Role is ChatRole.User)
            {
                return false;
            }

            if (message.Role is ChatRole.Assistant)
            {
                return message.Parts.Any(part => part is ToolCallPart)
                    && !message.Parts.Any(part => part is ReasoningPart reasoning && AnthropicConversation.IsOwn(reasoning));
            }
        }

        return false;
    }
}
