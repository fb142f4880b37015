// What samples/langflow/secrets.yml names, written by Resource Manager: nobody needs a way into the closed vault for it.
param keyVaultName string
param redisName string
param applicationInsightsName string
@secure()
param postgresqlPassword string
@secure()
param langflowSecretKey string
@secure()
param langflowSuperuserPassword string
param passwordsExpire string

// expiry.bicep warns before, LangflowDeploy refuses them after. The others do not expire: each deployment reads redis' key and
// the connection string anew, and with another key of Langflow's what it has stored encrypted could not be read.
var due = { enabled: true, exp: dateTimeToEpoch('${passwordsExpire}T00:00:00Z') }

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: keyVaultName
}
resource database 'Microsoft.Cache/redisEnterprise/databases@2025-07-01' existing = {
  name: '${redisName}/default'
}
resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

resource postgresql 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: 'postgresql-password'
  properties: { value: postgresqlPassword, contentType: 'text/plain', attributes: due }
}
// The key has + / =, and becomes part of a URL.
resource redis 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: 'redis-password'
  properties: { value: uriComponent(database.listKeys().primaryKey), contentType: 'text/plain' }
}
resource secretKey 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: 'langflow-secret-key'
  properties: { value: langflowSecretKey, contentType: 'text/plain' }
}
resource superuserPassword 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: 'langflow-superuser-password'
  properties: { value: langflowSuperuserPassword, contentType: 'text/plain', attributes: due }
}
// For samples/monitoring/opentelemetry
resource connectionString 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: 'applicationinsights-connection-string'
  properties: { value: insights.properties.ConnectionString, contentType: 'text/plain' }
}
