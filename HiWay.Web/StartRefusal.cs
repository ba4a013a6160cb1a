using Microsoft.Extensions.Options;

namespace HiWay.Web;

/// <summary>
/// Tells a refusal to start, whose message says what to change, from a defect, whose stack trace is needed. Settings are refused through
/// options validation or by an <see cref="InvalidOperationException"/> of HiWay's own code; the same from anywhere else is a defect.
/// </summary>
internal static class StartRefusal
{
    public static bool IsOne(Exception e) =>
        e is OptionsValidationException
        || e is InvalidOperationException && e.TargetSite?.Module.Assembly.GetName().Name?.StartsWith("HiWay", StringComparison.Ordinal) is true;
}
