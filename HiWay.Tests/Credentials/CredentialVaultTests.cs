using System.Security.Cryptography;
using System.Text;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Tests.Harness;
using Microsoft.Extensions.Configuration;

namespace HiWay.Tests.Credentials;

public sealed class CredentialVaultTests
{
    private const string ApiKey = "sk-proj-Zq8h3kLm9TtVwXyz";

    private static readonly string First = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private static readonly string Second = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    [Fact]
    public void SealedKey_OpensAgain_AndDoesNotContainTheText()
    {
        var vault = Vault($"1:{First}");
        var row = Row(vault, "ws_A", "openai");

        Assert.Equal(ApiKey, vault.Open(row));
        Assert.Equal(-1, row.Ciphertext.AsSpan().IndexOf(Encoding.UTF8.GetBytes(ApiKey[..4])));
    }

    [Fact]
    public void SameKeySealedTwice_LooksDifferent()
    {
        var vault = Vault($"1:{First}");

        Assert.NotEqual(Row(vault, "ws_A", "openai").Ciphertext, Row(vault, "ws_A", "openai").Ciphertext);
    }

    [Theory]
    [InlineData("ws_B", "openai")]
    [InlineData("ws_A", "groq")]
    public void RowCopiedToAnotherPlace_DoesNotOpenThere(string workspaceId, string provider)
    {
        var vault = Vault($"1:{First}");
        var row = Row(vault, "ws_A", "openai");
        row.WorkspaceId = workspaceId;
        row.Provider = provider;

        var error = Assert.Throws<CredentialUnreadableException>(() => vault.Open(row));
        Assert.Contains(provider, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(ApiKey, error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ciphertext")]
    [InlineData("tag")]
    [InlineData("nonce")]
    public void AlteredRow_DoesNotOpen(string part)
    {
        var vault = Vault($"1:{First}");
        var row = Row(vault, "ws_A", "openai");
        (part switch { "tag" => row.AuthTag, "nonce" => row.Nonce, _ => row.Ciphertext })[0] ^= 1;

        Assert.Throws<CredentialUnreadableException>(() => vault.Open(row));
    }

    [Fact]
    public void NewMasterKey_SealsFromNowOn_AndTheOldOneStillOpens()
    {
        var old = Row(Vault($"1:{First}"), "ws_A", "openai");
        var vault = Vault($"1:{First},2:{Second}");

        Assert.Equal(ApiKey, vault.Open(old));
        Assert.Equal(2, Row(vault, "ws_A", "openai").KeyVersion);
    }

    [Fact]
    public void MissingMasterKeyVersion_IsNamed()
    {
        var row = Row(Vault($"1:{First}"), "ws_A", "openai");

        var error = Assert.Throws<CredentialUnreadableException>(() => Vault($"2:{Second}").Open(row));
        Assert.Contains("version 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FirstStart_MakesAMasterKeyThatOnlyTheOwnerReads_AndTheNextStartFindsIt()
    {
        using var folder = new TemporaryFolder();
        var configuration = new ConfigurationBuilder().Build();
        var row = Row(new CredentialVault(MasterKeys.From(configuration, new DataDirectory(folder.Path))), "ws_A", "openai");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder.Path, "master.key")));
        Assert.Equal(ApiKey, new CredentialVault(MasterKeys.From(configuration, new DataDirectory(folder.Path))).Open(row));
    }

    [Fact]
    public void MountedFile_TakesTheDataDirectorysPlace()
    {
        using var folder = new TemporaryFolder();
        var mounted = Path.Combine(folder.Path, "mounted");
        File.WriteAllText(mounted, $"1:{First}\n2:{Second}\n");

        var keys = MasterKeys.From(Configuration("Vault:MasterKeyFile", mounted), new DataDirectory(folder.Path));

        Assert.Equal(2, keys.Current);
        Assert.False(File.Exists(Path.Combine(folder.Path, "master.key")));
    }

    [Theory]
    [InlineData("secret")]
    [InlineData("1:c2hvcnQ=")]
    [InlineData("0:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData(" , ")]
    public void WhatIsNoMasterKey_StopsTheStart_WithoutRepeatingIt(string text)
    {
        var error = Assert.Throws<InvalidOperationException>(() => MasterKeys.Parse(text, "HIWAY_MASTER_KEY"));
        Assert.StartsWith("HIWAY_MASTER_KEY", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("c2hvcnQ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Secret_PrintsAsStars()
    {
        var secret = new Secret(ApiKey);

        Assert.Equal("***", $"{secret}");
        Assert.Equal(ApiKey, secret.Reveal());
    }

    private static CredentialVault Vault(string masterKeys)
    {
        using var unused = new TemporaryFolder();
        return new(MasterKeys.From(Configuration("HIWAY_MASTER_KEY", masterKeys), new DataDirectory(unused.Path)));
    }

    private static IConfiguration Configuration(string name, string value) =>
        new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { [name] = value }).Build();

    private static CredentialRow Row(CredentialVault vault, string workspaceId, string provider)
    {
        var made = vault.Seal(workspaceId, provider, ApiKey);
        return new() { Id = "cred_1", WorkspaceId = workspaceId, Provider = provider, Ciphertext = made.Ciphertext, Nonce = made.Nonce, AuthTag = made.AuthTag, KeyVersion = made.KeyVersion };
    }
}
