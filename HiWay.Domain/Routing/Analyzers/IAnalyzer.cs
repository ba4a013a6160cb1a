using HiWay.Domain.Routing.Prompts;

namespace HiWay.Domain.Routing.Analyzers;

/// <summary>Looks at one side of a prompt. Pure: the same facts and signals always give the same reading.</summary>
internal interface IAnalyzer
{
    /// <summary>As settings, the preview and the dashboard name it.</summary>
    string Name { get; }

    /// <summary>What it adds at 1 where no trained weights speak, set by hand. All together pass 1, so that no single side is needed to reach heavy.</summary>
    double Points { get; }

    /// <summary>
    /// The part of its points that counts beside trained weights too: all where the training data holds nothing of the kind, some
    /// where it keeps prompts of kinds that the data lacks in better order, and mostly none.
    /// </summary>
    double Beside(in PromptFacts facts, Reading reading) => 0;

    /// <summary>All that it can say of a prompt; logged decisions keep the place in this list, so new reasons go to the end.</summary>
    string[] Reasons { get; }

    Reading Read(in PromptFacts facts, in PromptSignals signals);
}

/// <summary>The analyzers, in the order in which they are shown. A new one is a file here and a line below.</summary>
internal static class AnalyzerCatalog
{
    internal static readonly IAnalyzer[] All =
    [
        new IntentAnalyzer(),
        new ComplexityAnalyzer(),
        new ToolsAnalyzer(),
        new SystemPromptAnalyzer(),
        new CodeAnalyzer(),
        new DomainAnalyzer(),
        new ConversationAnalyzer(),
    ];
}
