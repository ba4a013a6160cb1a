namespace HiWay.Domain.Shield;

/// <summary>What attacks speak of. Each has its words in some twenty languages in <see cref="ConceptWords"/>.</summary>
internal enum Concept
{
    /// <summary>Ignore, forget, override.</summary>
    Override,

    /// <summary>Previous, above, everything before.</summary>
    Prior,

    /// <summary>Instructions, rules, commands.</summary>
    Instruction,

    /// <summary>The system prompt and its other names.</summary>
    SystemPrompt,

    /// <summary>Show, print, repeat, tell.</summary>
    Reveal,

    /// <summary>Passwords, keys, what is confidential.</summary>
    Secret,

    /// <summary>Somebody else's birth date, address, balance.</summary>
    Personal,

    /// <summary>You are now, act as, pretend.</summary>
    Persona,

    /// <summary>Well-known jailbreak names.</summary>
    KnownName,

    /// <summary>Without restrictions, filters, ethics.</summary>
    NoLimits,

    /// <summary>Never refuse, never say that you cannot.</summary>
    NoRefusal,

    /// <summary>What a safe model would refuse.</summary>
    Harm,

    /// <summary>Novel, script, hypothetical, character.</summary>
    Fiction,

    /// <summary>I am your developer, God, the police.</summary>
    Authority,

    /// <summary>Developer mode, god mode.</summary>
    Mode,

    /// <summary>Base64, ROT13, backwards.</summary>
    Encoding,

    /// <summary>Send to, fetch, forward; addresses.</summary>
    Exfiltration,

    /// <summary>Marks that pretend to be the system's.</summary>
    Delimiter,

    /// <summary>Put a and b together.</summary>
    Splitting,

    /// <summary>Money or threats.</summary>
    Pressure,

    /// <summary>The model as a model: AI, assistant, chatbot.</summary>
    Model,

    /// <summary>Begin your answer with.</summary>
    Prefix,

    /// <summary>Actually, instead, from now on, new task.</summary>
    Turn,

    /// <summary>Must, always, never.</summary>
    Must,

    /// <summary>You, your.</summary>
    You,

    /// <summary>Asked in passing: the user, users.</summary>
    TheUser,

    /// <summary>Whatever model reads a document, spoken to inside it.</summary>
    Reader,

    /// <summary>Do it without saying so, do it without asking.</summary>
    Stealth,

    /// <summary>What stood before: my first message, the top of this chat, the text you were configured with.</summary>
    Opening,

    /// <summary>Rules that no longer count: void, cancelled, expired.</summary>
    Void,
}
