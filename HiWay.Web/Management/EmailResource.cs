using HiWay.Domain.Errors;
using HiWay.Infrastructure.Accounts;
using HiWay.Web.Accounts;

namespace HiWay.Web.Management;

/// <summary>The signed-in person's address: how it stands, another mail, another address. Following a mailed link needs no session.</summary>
internal static class EmailResource
{
    internal sealed record EmailBody(string? Email = null, string? Password = null);

    internal sealed record LinkBody(string? Token = null);

    public static void MapEmail(this IEndpointRouteBuilder root)
    {
        root.MapGet("/session/email", ReadAsync).For(Caller.User);
        root.MapPut("/session/email", ChangeAsync).For(Caller.User);
        root.MapDelete("/session/email/pending", CancelAsync).For(Caller.User);
        root.MapPost("/session/email/mail", SendAsync).For(Caller.User);
        root.MapPost("/confirm-email", ConfirmAsync).For(Caller.Anyone);
    }

    private static async Task<IResult> ReadAsync(ManagementCall call, IEmailAddresses addresses, CancellationToken cancellationToken) =>
        await addresses.StateAsync(call.UserId!, cancellationToken) is { } state
            ? Answers.Ok(Shape(state))
            : new Refusal(RefusalKind.Unauthenticated, "This account no longer exists.").Refused();

    private static async Task<IResult> ChangeAsync(ManagementCall call, JsonBody<EmailBody> body, Profile profile) =>
        (await profile.ChangeEmailAsync(body.Value.Email, body.Value.Password, call.BaseUrl)).Ok(Shape);

    private static async Task<IResult> CancelAsync(ManagementCall call, IEmailAddresses addresses, CancellationToken cancellationToken) =>
        (await addresses.CancelChangeAsync(call.UserId!, call.IpAddress, cancellationToken)).Ok(Shape);

    private static async Task<IResult> SendAsync(ManagementCall call, IEmailAddresses addresses, CancellationToken cancellationToken) =>
        (await addresses.SendAsync(call.UserId!, call.BaseUrl, cancellationToken)).Ok(Shape);

    private static async Task<IResult> ConfirmAsync(ManagementCall call, JsonBody<LinkBody> body, IEmailAddresses addresses, CancellationToken cancellationToken) =>
        string.IsNullOrEmpty(body.Value.Token)
            ? new Refusal(RefusalKind.Invalid, "Say which link: its last part, after /confirm-email/.", "token").Refused()
            : (await addresses.ConfirmAsync(body.Value.Token, call.IpAddress, cancellationToken)).Ok(link => new { link.Email, Confirmed = true });

    private static object Shape(EmailState state) => new { state.Email, state.Confirmed, state.PendingEmail, state.MailedAt };
}
