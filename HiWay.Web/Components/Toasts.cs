using Radzen;

namespace HiWay.Web.Components;

/// <summary>A few words in the corner: something worked, or did not.</summary>
public static class Toasts
{
    private const double SuccessMs = 3500;

    /// <summary>Longer: a reason has to be read.</summary>
    private const double FailureMs = 9000;

    public static void Done(this NotificationService toasts, string what) =>
        toasts.Notify(new NotificationMessage { Severity = NotificationSeverity.Success, Summary = what, Duration = SuccessMs });

    /// <param name="why">What was wrong and what would fix it.</param>
    public static void Failed(this NotificationService toasts, string what, string why) =>
        toasts.Notify(new NotificationMessage { Severity = NotificationSeverity.Error, Summary = what, Detail = why, Duration = FailureMs });
}
