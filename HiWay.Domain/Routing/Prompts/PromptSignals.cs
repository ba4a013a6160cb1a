using System.Runtime.CompilerServices;
using HiWay.Domain.Routing.Learned;

namespace HiWay.Domain.Routing.Prompts;

/// <summary>What the analyzers look at: counts over three parts of the prompt, each read through a window of bounded size.</summary>
internal struct PromptSignals
{
    /// <summary>The last user message.</summary>
    internal TextSignals Ask;

    /// <summary>System and developer messages.</summary>
    internal TextSignals System;

    /// <summary>The user message before the last.</summary>
    internal TextSignals Earlier;

    /// <summary>User messages.</summary>
    internal int UserTurns;

    internal int AssistantTurns;

    /// <summary>Escaped bytes of the last user message, also those outside the window.</summary>
    internal int AskBytes;

    internal int SystemBytes;
}

/// <summary>Finds the parts of a prompt and reads each through its window.</summary>
internal static class PromptReader
{
    /// <summary>Bytes read from the beginning and the end of a long part: the task stands there, in between stands its material.</summary>
    private const int AskHead = 4096, AskTail = 2048, SystemHead = 2048, SystemTail = 1024, EarlierHead = 1024, EarlierTail = 512, LeastWindow = 64;

    /// <param name="sink">Receives the features of the last user message and of the prompt's shape.</param>
    [SkipLocalsInit]   // of the window only what was written to it is read
    internal static void Read<TSink>(in PromptFacts facts, ref PromptSignals signals, ref TSink sink)
        where TSink : struct, IFeatureSink, allows ref struct
    {
        int last = -1, before = -1, seen = -1;
        for (var i = facts.Texts.Length - 1; i >= 0; i--)
        {
            ref readonly var text = ref facts.Texts[i];
            if (text.Message == seen)
            {
                continue;
            }

            seen = text.Message;
            if (text.Role is PromptRole.Assistant)
            {
                signals.AssistantTurns++;
            }
            else if (text.Role is PromptRole.User)
            {
                signals.UserTurns++;
                before = last >= 0 && before < 0 ? seen : before;
                last = last < 0 ? seen : last;
            }
        }

        Span<byte> window = stackalloc byte[AskHead + AskTail + 8];
        signals.AskBytes = ReadPart(facts, PromptRole.User, last, AskHead, AskTail, window, ref signals.Ask, ref sink);
        var none = new NoSink();
        signals.SystemBytes = ReadPart(facts, PromptRole.System, message: null, SystemHead, SystemTail, window, ref signals.System, ref none);
        if (before >= 0)
        {
            ReadPart(facts, PromptRole.User, before, EarlierHead, EarlierTail, window, ref signals.Earlier, ref none);
        }

        ShapeFeatures.Emit(facts, signals, ref sink);
    }

    /// <summary>Reads the texts of one message, or of all messages of a role, until the window's bytes are used up.</summary>
    /// <returns>Bytes of all those texts, read or not.</returns>
    private static int ReadPart<TSink>(
        in PromptFacts facts, PromptRole role, int? message, int head, int tail, scoped Span<byte> window, ref TextSignals signals, ref TSink sink)
        where TSink : struct, IFeatureSink, allows ref struct
    {
        var bytes = 0;
        foreach (ref readonly var text in facts.Texts)
        {
            if (text.Role != role || (message is { } wanted && text.Message != wanted))
            {
                continue;
            }

            bytes += text.Length;
            if (head + tail >= LeastWindow)
            {
                var written = JsonText.Open(facts.Body.Slice(text.Start, text.Length), head, tail, window);
                TextPass.Read(window[..written], ref signals, ref sink);

                // What this text left of the windows is for the message's further texts.
                var left = Math.Max(0, head + tail - text.Length);
                (head, tail) = (left * 2 / 3, left / 3);
            }
        }

        return bytes;
    }
}
