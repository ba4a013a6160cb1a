using System.Collections.Frozen;
using HiWay.Infrastructure.Database.Entities;
using Microsoft.AspNetCore.Identity;

namespace HiWay.Infrastructure.Accounts;

/// <summary>
/// Length, and not one of those that everybody tries first (NIST SP 800-63B, section 3.1.1.2: no rules about kinds of
/// characters, which make passwords worse).
/// </summary>
public sealed class PasswordRules : IPasswordValidator<UserRow>
{
    public const int MinLength = 10;

    /// <summary>Longer ones are refused: hashing takes time in proportion, and nobody types them.</summary>
    public const int MaxLength = 256;

    /// <summary>The passwords of ten characters and more that head the published lists of leaked ones, in lower case.</summary>
    private static readonly FrozenSet<string> s_common = new[]
    {
        "1234567890", "12345678910", "123456789a", "1q2w3e4r5t", "1q2w3e4r5t6y", "1qaz2wsx3edc", "q1w2e3r4t5", "q1w2e3r4t5y6", "qwertyuiop", "qwerty123456",
        "qwerty12345", "qwertyuiop123", "asdfghjkl1", "asdfghjkl;", "asdfghjkl123", "zxcvbnm123", "password12", "password123", "password1234", "password12345", "password123456",
        "passw0rd123", "p@ssw0rd123", "p@ssword123", "password!1", "password1!", "password01", "mypassword", "mypassword1", "newpassword", "newpassword1", "letmein123",
        "letmein1234", "welcome123", "welcome1234", "welcome123!", "welcome2024", "welcome2025", "welcome2026", "administrator", "admin12345", "admin123456", "adminadmin", "administrator1",
        "iloveyou12", "iloveyou123", "iloveyou1234", "football123", "baseball123", "basketball", "basketball1", "superman123", "batman1234", "princess123", "sunshine123", "sunshine12",
        "michael123", "charlie123", "jordan2323", "liverpool1", "manchester", "manchester1", "chelsea123", "arsenal123", "computer123", "internet123", "starwars123",
        "trustno1234", "abcd123456", "abc1234567", "abcdefghij", "abcdefghijk", "a123456789", "aa12345678", "aa123456789", "abcde12345", "qazwsxedc1", "qazwsxedcrfv",
        "zaq12wsxcde", "changeme123", "changeme1234", "default123", "secret1234", "secret12345", "temporary1", "unbelievable", "thisismypassword", "correcthorsebatterystaple",
        "0987654321", "9876543210", "0123456789", "1111111111", "123123123123", "1231231231", "147258369", "1472583690", "1357924680", "11223344556", "1122334455", "summer2024", "summer2025",
        "summer2026", "winter2024", "winter2025", "winter2026", "spring2025", "spring2026", "autumn2025", "autumn2026", "test123456", "testtest12", "testtesttest", "user123456", "hello12345",
        "helloworld", "helloworld1", "hello123456", "monkey12345", "dragon12345", "master12345", "shadow12345", "whatever12", "whatever123", "pokemon123", "samsung123", "google1234",
        "passwordpassword", "password2024", "password2025", "password2026", "hiwayhiway", "hiway12345", "hiwayadmin",
    }.ToFrozenSet();

    /// <summary>Null when the password will do, else the sentence to show.</summary>
    public static string? WhatIsWrong(string? password, string? email)
    {
        if (password is null || password.Length < MinLength)
        {
            return $"Use at least {MinLength} characters.";
        }

        if (password.Length > MaxLength)
        {
            return $"Use at most {MaxLength} characters.";
        }

        var lower = password.ToLowerInvariant();
        if (s_common.Contains(lower) || lower.Distinct().Count() < 4)
        {
            return "This password is among the first that attackers try. Use another one, for example four random words.";
        }

        var name = email?.Split('@')[0].ToLowerInvariant();
        return lower == email?.ToLowerInvariant() || (name is { Length: >= 4 } && lower.StartsWith(name, StringComparison.Ordinal) && lower.Length - name.Length < 5)
            ? "The password is nearly your e-mail address. Use another one."
            : null;
    }

    public Task<IdentityResult> ValidateAsync(UserManager<UserRow> manager, UserRow user, string? password) =>
        Task.FromResult(WhatIsWrong(password, user.Email) is { } wrong
            ? IdentityResult.Failed(new IdentityError { Code = "Password", Description = wrong })
            : IdentityResult.Success);
}
