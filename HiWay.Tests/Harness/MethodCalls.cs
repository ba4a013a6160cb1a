using System.Reflection;
using System.Reflection.Emit;

namespace HiWay.Tests.Harness;

/// <summary>What a compiled method calls, read from its instructions (ECMA-335, III).</summary>
internal static class MethodCalls
{
    private static readonly Dictionary<short, OpCode> s_codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>The types that a method makes or whose instances it calls, and those that it asks a container for by name: <c>GetRequiredService&lt;T&gt;()</c>, <c>typeof(T)</c>.</summary>
    public static IEnumerable<Type> Of(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } il)
        {
            yield break;
        }

        for (var at = 0; at < il.Length;)
        {
            var code = s_codes[il[at] == 0xFE ? unchecked((short)(0xFE00 | il[at + 1])) : il[at]];
            at += code.Size;
            if (code.OperandType is OperandType.InlineMethod or OperandType.InlineTok)
            {
                foreach (var type in Named(method, BitConverter.ToInt32(il, at)))
                {
                    yield return Outermost(type);
                }
            }

            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
                _ => 4,
            };
        }
    }

    /// <summary>The type that was written down, for one that the compiler made inside it (closures, async methods).</summary>
    public static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private static IEnumerable<Type> Named(MethodBase method, int token)
    {
        var member = method.Module.ResolveMember(token, method.DeclaringType is { IsGenericType: true } generic ? generic.GetGenericArguments() : null, method.IsGenericMethod ? method.GetGenericArguments() : null);
        switch (member)
        {
            case Type type:
                yield return type;
                break;
            case MethodBase called:
                // A static member sends nothing by itself: it has no connections.
                if (called is { IsStatic: false, DeclaringType: { } declaring })
                {
                    yield return declaring;
                }

                // Registering a service is not using it.
                if (called is MethodInfo { IsGenericMethod: true } made && !made.Name.StartsWith("Add", StringComparison.Ordinal) && !made.Name.StartsWith("TryAdd", StringComparison.Ordinal))
                {
                    foreach (var argument in made.GetGenericArguments())
                    {
                        yield return argument;
                    }
                }

                break;
        }
    }
}
