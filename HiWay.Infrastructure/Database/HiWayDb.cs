using HiWay.Infrastructure.Database.Entities;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Database;

/// <summary>The rows that people and management calls change. Metering tables are written with COPY and live in Metering/.</summary>
public sealed class HiWayDb(DbContextOptions<HiWayDb> options)
    : IdentityUserContext<UserRow, string, IdentityUserClaim<string>, IdentityUserLogin<string>, IdentityUserToken<string>, PasskeyRow>(options)
{
    public DbSet<WorkspaceRow> Workspaces => Set<WorkspaceRow>();

    public DbSet<MembershipRow> Memberships => Set<MembershipRow>();

    public DbSet<InvitationRow> Invitations => Set<InvitationRow>();

    public DbSet<EmailConfirmationRow> EmailConfirmations => Set<EmailConfirmationRow>();

    public DbSet<DeviceGrantRow> DeviceGrants => Set<DeviceGrantRow>();

    public DbSet<AuditRow> Audit => Set<AuditRow>();

    public DbSet<ApiKeyRow> ApiKeys => Set<ApiKeyRow>();

    public DbSet<CredentialRow> Credentials => Set<CredentialRow>();

    public DbSet<WorkspaceModelRow> WorkspaceModels => Set<WorkspaceModelRow>();

    public DbSet<CatalogueModelRow> CatalogueModels => Set<CatalogueModelRow>();

    public DbSet<BudgetRow> Budgets => Set<BudgetRow>();

    public DbSet<EndUserCapRow> EndUserCaps => Set<EndUserCapRow>();

    public DbSet<StoredResponseRow> StoredResponses => Set<StoredResponseRow>();

    public DbSet<RequestContentRow> RequestContents => Set<RequestContentRow>();

    public DbSet<InstallationSettingRow> InstallationSettings => Set<InstallationSettingRow>();

    public DbSet<SecuritySettingsRow> SecuritySettings => Set<SecuritySettingsRow>();

    public DbSet<IpRuleRow> IpRules => Set<IpRuleRow>();

    public DbSet<PrivacySettingsRow> PrivacySettings => Set<PrivacySettingsRow>();

    public DbSet<SecurityEventRow> SecurityEvents => Set<SecurityEventRow>();

    public DbSet<RequestScoreRow> RequestScores => Set<RequestScoreRow>();

    public DbSet<JudgeScoreRow> JudgeScores => Set<JudgeScoreRow>();

    public DbSet<ScoreSumRow> ScoreSums => Set<ScoreSumRow>();

    public DbSet<LearnedMixRow> LearnedMixes => Set<LearnedMixRow>();

    public DbSet<JudgeSettingsRow> JudgeSettings => Set<JudgeSettingsRow>();

    public DbSet<JudgeFailureRow> JudgeFailures => Set<JudgeFailureRow>();

    public DbSet<WebhookRow> Webhooks => Set<WebhookRow>();

    public DbSet<WebhookDeliveryRow> WebhookDeliveries => Set<WebhookDeliveryRow>();

    public DbSet<ProviderDownRow> ProvidersDown => Set<ProviderDownRow>();

    public DbSet<GuardianSettingsRow> GuardianSettings => Set<GuardianSettingsRow>();

    public DbSet<GuardianEventRow> GuardianEvents => Set<GuardianEventRow>();

    public DbSet<GuardianHourRow> GuardianHours => Set<GuardianHourRow>();

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.Entity<UserRow>().ToTable("users");
        builder.Entity<IdentityUserClaim<string>>().ToTable("user_claims");
        builder.Entity<IdentityUserLogin<string>>().ToTable("user_logins");
        builder.Entity<IdentityUserToken<string>>().ToTable("user_tokens");
        builder.Entity<PasskeyRow>(passkey =>
        {
            // As Identity's schema version 3 has it. That version would also cut columns of the tables above to new lengths, which nothing here needs.
            passkey.ToTable("user_passkeys");
            passkey.HasKey(row => row.CredentialId);
            passkey.Property(row => row.CredentialId).HasMaxLength(1023);   // Web Authentication, section 4: no credential id is longer
            passkey.HasIndex(row => row.UserId);
            passkey.HasOne<UserRow>().WithMany().HasForeignKey(row => row.UserId).IsRequired();
            passkey.OwnsOne(row => row.Data, data => data.ToJson("data"));
        });

        builder.Entity<WorkspaceRow>(workspace =>
        {
            workspace.ToTable("workspaces");
            workspace.HasKey(row => row.Id);
            workspace.HasIndex(row => row.Version);
            workspace.Property(row => row.Aliases).HasColumnType("jsonb");
            workspace.Property(row => row.Routing).HasColumnType("jsonb").HasDefaultValue("{}");
        });
        builder.Entity<MembershipRow>(membership =>
        {
            membership.ToTable("memberships");
            membership.HasKey(row => new { row.WorkspaceId, row.UserId });
            membership.HasIndex(row => row.UserId);
            membership.HasOne(row => row.Workspace).WithMany().HasForeignKey(row => row.WorkspaceId);
            membership.HasOne(row => row.User).WithMany().HasForeignKey(row => row.UserId);
            membership.Property(row => row.Role).HasConversion<string>();
        });
        builder.Entity<InvitationRow>(invitation =>
        {
            invitation.ToTable("invitations");
            invitation.HasKey(row => row.Id);
            invitation.HasIndex(row => row.TokenHash).IsUnique();
            invitation.HasIndex(row => row.MailTokenHash).IsUnique();
            invitation.HasIndex(row => row.WorkspaceId);
            invitation.HasOne(row => row.Workspace).WithMany().HasForeignKey(row => row.WorkspaceId);
            invitation.Property(row => row.Role).HasConversion<string>();
        });
        builder.Entity<EmailConfirmationRow>(confirmation =>
        {
            confirmation.ToTable("email_confirmations");
            confirmation.HasKey(row => row.Id);
            confirmation.HasIndex(row => row.TokenHash).IsUnique();
            confirmation.HasIndex(row => new { row.UserId, row.CreatedAt });
            confirmation.HasOne(row => row.User).WithMany().HasForeignKey(row => row.UserId);
        });
        builder.Entity<DeviceGrantRow>(grant =>
        {
            grant.ToTable("device_grants");
            grant.HasKey(row => row.Id);
            grant.HasIndex(row => row.DeviceCodeHash).IsUnique();
            grant.HasIndex(row => row.UserCode).IsUnique();
        });
        builder.Entity<AuditRow>(audit =>
        {
            audit.ToTable("audit_log");
            audit.HasKey(row => row.Id);
            audit.HasIndex(row => new { row.WorkspaceId, row.Id });
            audit.Property(row => row.OldValues).HasColumnType("jsonb");
            audit.Property(row => row.NewValues).HasColumnType("jsonb");
        });
        builder.Entity<InstallationSettingRow>(setting =>
        {
            setting.ToTable("installation_settings");
            setting.HasKey(row => row.Name);
            setting.Property(row => row.Value).HasColumnType("jsonb");
        });
        builder.Entity<ApiKeyRow>(key =>
        {
            key.ToTable("api_keys");
            key.HasKey(row => row.Id);
            key.HasIndex(row => row.SecretHash).IsUnique();
            key.HasIndex(row => row.WorkspaceId);
            key.HasOne<WorkspaceRow>().WithMany().HasForeignKey(row => row.WorkspaceId);
            key.Property(row => row.MonthlyCapUsd).HasPrecision(18, 6);
            key.Property(row => row.DailyCapUsd).HasPrecision(18, 6);
        });
        builder.Entity<CredentialRow>(credential =>
        {
            credential.ToTable("credentials");
            credential.HasKey(row => row.Id);
            credential.HasIndex(row => new { row.WorkspaceId, row.Provider, row.Label }).IsUnique();
            credential.HasOne<WorkspaceRow>().WithMany().HasForeignKey(row => row.WorkspaceId);
            credential.Property(row => row.Settings).HasColumnType("jsonb");
        });
        builder.Entity<WorkspaceModelRow>(model =>
        {
            model.ToTable("workspace_models");
            model.HasKey(row => new { row.WorkspaceId, row.ModelId });
            model.HasOne<WorkspaceRow>().WithMany().HasForeignKey(row => row.WorkspaceId);
            model.Property(row => row.Prices).HasColumnType("jsonb");
        });
        builder.Entity<StoredResponseRow>(response =>
        {
            response.ToTable("stored_responses");
            response.HasKey(row => new { row.WorkspaceId, row.Id });
            response.HasIndex(row => row.ExpiresAt);
            response.HasOne<WorkspaceRow>().WithMany().HasForeignKey(row => row.WorkspaceId);
        });
        builder.Entity<RequestContentRow>(content =>
        {
            content.ToTable("request_contents");
            content.HasKey(row => new { row.WorkspaceId, row.RequestId });
            content.HasIndex(row => row.ExpiresAt);
            content.HasOne<WorkspaceRow>().WithMany().HasForeignKey(row => row.WorkspaceId);
        });
        builder.Entity<CatalogueModelRow>(model =>
        {
            model.ToTable("catalogue_models");
            model.HasKey(row => row.Id);
            model.Property(row => row.Entry).HasColumnType("jsonb");
            model.Property(row => row.Override).HasColumnType("jsonb");
        });
        builder.Entity<BudgetRow>(budget =>
        {
            budget.ToTable("budgets");
            budget.HasKey(row => row.WorkspaceId);
            budget.HasOne<WorkspaceRow>().WithOne().HasForeignKey<BudgetRow>(row => row.WorkspaceId);
            budget.Property(row => row.CapUsd).HasPrecision(18, 6);
            budget.Property(row => row.EndUserCapUsd).HasPrecision(18, 6);
            budget.Property(row => row.WarnAt).HasPrecision(7, 6);
            budget.Property(row => row.DowngradeAt).HasPrecision(7, 6);
            budget.Property(row => row.LightOnlyAt).HasPrecision(7, 6);
            budget.Property(row => row.BlockAt).HasPrecision(7, 6);
        });
        builder.Entity<EndUserCapRow>(cap =>
        {
            cap.ToTable("end_user_caps");
            cap.HasKey(row => new { row.WorkspaceId, row.EndUser });
            cap.HasOne<WorkspaceRow>().WithMany().HasForeignKey(row => row.WorkspaceId);
            cap.Property(row => row.CapUsd).HasPrecision(18, 6);
        });
        builder.Entity<DataProtectionKeyRow>(key =>
        {
            key.ToTable("data_protection_keys");
            key.HasKey(row => row.Id);
        });

        builder.Entity<SecuritySettingsRow>(settings =>
        {
            settings.ToTable("security_settings");
            settings.HasKey(row => row.WorkspaceId);
            settings.HasOne<WorkspaceRow>().WithMany().HasForeignKey(row => row.WorkspaceId);
        });
        builder.Entity<IpRuleRow>(rule =>
        {
            rule.ToTable("ip_rules");
            rule.HasKey(row => row.Id);
            rule.HasIndex(row => new { row.WorkspaceId, row.Cidr }).IsUnique();
            rule.HasOne<WorkspaceRow>().WithMany().HasForeignKey(row => row.WorkspaceId);
        });
        builder.Entity<PrivacySettingsRow>(settings =>
        {
            settings.ToTable("privacy_settings");
            settings.HasKey(row => row.WorkspaceId);
            settings.HasOne<WorkspaceRow>().WithMany().HasForeignKey(row => row.WorkspaceId);
            settings.Property(row => row.CustomPatterns).HasColumnType("jsonb");
        });
        builder.Entity<SecurityEventRow>(seen =>
        {
            seen.ToTable("security_events");
            seen.HasKey(row => row.Id);
            seen.HasIndex(row => new { row.WorkspaceId, row.Id });
            seen.HasIndex(row => row.CreatedAt);
        });
        builder.Entity<GuardianSettingsRow>(settings =>
        {
            settings.ToTable("guardian_settings");
            settings.HasKey(row => row.WorkspaceId);
            settings.HasOne<WorkspaceRow>().WithMany().HasForeignKey(row => row.WorkspaceId);
            settings.Property(row => row.Rules).HasColumnType("jsonb");
        });
        builder.Entity<GuardianEventRow>(seen =>
        {
            seen.ToTable("guardian_events");
            seen.HasKey(row => row.Id);
            seen.HasIndex(row => new { row.WorkspaceId, row.Id });
            seen.HasIndex(row => row.LastAt);
            seen.HasOne<WorkspaceRow>().WithMany().HasForeignKey(row => row.WorkspaceId);
        });
        builder.Entity<GuardianHourRow>(hour =>
        {
            hour.ToTable("guardian_hours");
            hour.HasKey(row => new { row.WorkspaceId, row.Rule, row.Hour });
            hour.HasIndex(row => row.Hour);
            hour.HasOne<WorkspaceRow>().WithMany().HasForeignKey(row => row.WorkspaceId);
        });
        builder.Entity<GuardianAlertRow>(alert =>
        {
            alert.ToTable("guardian_alerts");
            alert.HasKey(row => new { row.WorkspaceId, row.Rule });
            alert.HasOne<WorkspaceRow>().WithMany().HasForeignKey(row => row.WorkspaceId);
        });

        builder.Entity<WebhookRow>(webhook =>
        {
            webhook.ToTable("webhooks");
            webhook.HasKey(row => row.Id);
            webhook.HasIndex(row => row.WorkspaceId);
            webhook.HasOne<WorkspaceRow>().WithMany().HasForeignKey(row => row.WorkspaceId);
        });
        builder.Entity<WebhookDeliveryRow>(delivery =>
        {
            delivery.ToTable("webhook_deliveries");
            delivery.HasKey(row => row.Id);
            delivery.HasIndex(row => new { row.WebhookId, row.Id });
            delivery.HasIndex(row => row.NextAttemptAt).HasFilter("next_attempt_at IS NOT NULL");   // the queue is short, the log is long
            delivery.HasOne<WebhookRow>().WithMany().HasForeignKey(row => row.WebhookId);
        });

        builder.Entity<ProviderDownRow>(down =>
        {
            down.ToTable("providers_down");
            down.HasKey(row => new { row.WorkspaceId, row.Provider, row.NodeId });
            down.HasIndex(row => row.NodeId);
            down.HasOne<WorkspaceRow>().WithMany().HasForeignKey(row => row.WorkspaceId);
        });

        builder.Entity<RequestScoreRow>(score =>
        {
            score.ToTable("request_scores");
            score.HasKey(row => new { row.WorkspaceId, row.RequestId });
            score.HasIndex(row => row.ScoredAt);
            score.HasOne<WorkspaceRow>().WithMany().HasForeignKey(row => row.WorkspaceId);
        });
        builder.Entity<JudgeScoreRow>(score =>
        {
            score.ToTable("judge_scores");
            score.HasKey(row => new { row.WorkspaceId, row.RequestId });
            score.HasIndex(row => row.ScoredAt);
            score.HasOne<WorkspaceRow>().WithMany().HasForeignKey(row => row.WorkspaceId);
        });
        builder.Entity<ScoreSumRow>(sum =>
        {
            sum.ToTable("score_sums");
            sum.HasKey(row => new { row.WorkspaceId, row.Model, row.Task });
            sum.HasOne<WorkspaceRow>().WithMany().HasForeignKey(row => row.WorkspaceId);
        });
        builder.Entity<LearnedMixRow>(mix =>
        {
            mix.ToTable("learned_mixes");
            mix.HasKey(row => row.WorkspaceId);
            mix.HasOne<WorkspaceRow>().WithOne().HasForeignKey<LearnedMixRow>(row => row.WorkspaceId);
            mix.Property(row => row.Points).HasColumnType("jsonb");
        });
        builder.Entity<JudgeSettingsRow>(judge =>
        {
            judge.ToTable("judge_settings");
            judge.HasKey(row => row.WorkspaceId);
            judge.HasOne<WorkspaceRow>().WithOne().HasForeignKey<JudgeSettingsRow>(row => row.WorkspaceId);
            judge.Property(row => row.DailyLimitUsd).HasPrecision(18, 6);
        });
        builder.Entity<JudgeFailureRow>(failure =>
        {
            failure.ToTable("judge_failures");
            failure.HasKey(row => row.WorkspaceId);
            failure.HasOne<WorkspaceRow>().WithOne().HasForeignKey<JudgeFailureRow>(row => row.WorkspaceId);
        });

        // Columns are snake_case, so that SQL written by hand reads as SQL does.
        foreach (var entity in builder.Model.GetEntityTypes())
        {
            if (entity.IsMappedToJson())
            {
                continue;   // names inside a document, no columns
            }

            foreach (var property in entity.GetProperties())
            {
                property.SetColumnName(SnakeCase(property.Name));
            }
        }
    }

    private static string SnakeCase(string name) =>
        string.Concat(name.Select((letter, i) => char.IsUpper(letter) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(letter) : letter.ToString()));
}
