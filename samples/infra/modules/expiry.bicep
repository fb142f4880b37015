// Key Vault tells Event Grid 30 days before a secret or certificate expires and when it has, of versions that are written from
// then on; Azure Monitor makes an alert of it.
param name string
param location string
param tags object
param keyVaultId string
param actionGroupId string

resource events 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: '${name}-vault-events'
  location: location
  tags: tags
  properties: { source: keyVaultId, topicType: 'Microsoft.KeyVault.vaults' }
}

resource expiry 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: events
  name: 'expiry'
  properties: {
    // The one schema that Azure Monitor takes
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    filter: {
      includedEventTypes: [
        'Microsoft.KeyVault.SecretNearExpiry'
        'Microsoft.KeyVault.SecretExpired'
        'Microsoft.KeyVault.CertificateNearExpiry'
        'Microsoft.KeyVault.CertificateExpired'
      ]
    }
    destination: {
      endpointType: 'MonitorAlert'
      properties: {
        severity: 'Sev2'
        description: 'A secret or certificate of the vault expires or has expired: LangflowDeploy refuses it from its last day on.'
        actionGroups: [actionGroupId]
      }
    }
  }
}
