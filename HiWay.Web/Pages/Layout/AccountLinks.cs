namespace HiWay.Web.Pages.Layout;

/// <summary>Addresses of the static account pages that the shell points to.</summary>
public static class AccountLinks
{
    public const string Account = "/account";
    public const string NewWorkspace = "/account/new-workspace";
    public const string Passkeys = "/account/passkeys";
    public const string ConfirmEmail = "/confirm-email";
    public const string SignOut = "/logout";
}
